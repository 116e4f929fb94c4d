package rsenv_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

func TestReadProcess(t *testing.T) {
	for _, c := range []struct {
		name string
		env  env
		want rsenv.Process
	}{
		{"nothing", env{}, rsenv.Process{Listen: "127.0.0.1:8080", LogLevel: "info", LogFormat: "text"}},
		{"one issuer", minimal, rsenv.Process{Listen: "127.0.0.1:8080", LogLevel: "info", LogFormat: "text"}},
		{
			"everything",
			env{
				"OIDC_RS_CONFIG_FILE": " issuers.json\n", "OIDC_RS_REALM": "r", "OIDC_RS_FAIL_FAST": "yes", "OIDC_RS_LISTEN": ":1", "OIDC_RS_METRICS_LISTEN": "127.0.0.1:2",
				"OIDC_RS_LOG_LEVEL": "DEBUG", "OIDC_RS_LOG_FORMAT": "json",
				"OIDC_RS_CLIENT_SECRET": "of one", "OIDC_RS_SCOPES": "documents", "OIDC_RS_TIMEOUTS": "1", "OIDC_RS_CACHE_TTL": " ",
			},
			rsenv.Process{
				ConfigFile: "issuers.json", Realm: "r", FailFast: true, Listen: ":1", MetricsListen: "127.0.0.1:2", LogLevel: "debug", LogFormat: "json",
				Warnings: []string{
					"OIDC_RS_SCOPES has no effect: OIDC_RS_CONFIG_FILE is set, so write it into that file",
					"OIDC_RS_TIMEOUTS is not known and has no effect",
				},
			},
		},
	} {
		c.env.set(t)
		if got, err := rsenv.ReadProcess(); err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
	env{"OIDC_RS_CONFIG_FILE": "issuers.json", "OIDC_RS_LISTEN": "x", "OIDC_RS_LOG_FORMAT": "x"}.set(t)
	got, err := rsenv.ReadProcess()
	if len(rsenv.VariableErrors(err)) != 2 || !reflect.DeepEqual(*got, rsenv.Process{ConfigFile: "issuers.json"}) {
		t.Errorf("two problems: got %+v, %v", got, err)
	}
}

func TestConfigFileIsNotForOneIssuer(t *testing.T) {
	minimal.with(env{"OIDC_RS_CONFIG_FILE": "issuers.json", "OIDC_TIMEOUT": "soon"}).set(t)
	_, read := rsenv.Read()
	_, load := rsenv.Load()
	_, keys := rsenv.PublicJWKS()
	for i, err := range []error{read, load, keys} {
		problems := rsenv.VariableErrors(err)
		if len(problems) != 1 || problems[0].Variable != "OIDC_RS_CONFIG_FILE" {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

// Two issuers, one key for decrypting: it is published once, and so is the signing key that one of them has beside it.
func TestFileKeys(t *testing.T) {
	env{}.set(t)
	signing := file(t, "signing.pem", ecKey(t))
	f, err := rsenv.ReadFile(file(t, "issuers.json", fmt.Sprintf(`{
		"defaults": {"OIDC_RS_CLIENT_ID": "us", "OIDC_RS_SCOPES": "a", "OIDC_RS_PRIVATE_KEY_STR_FILE": %q},
		"issuers": [
			{"OIDC_OP_URL": "https://a.example", "OIDC_RS_CLIENT_SECRET_FILE": %q},
			{"OIDC_OP_URL": "https://b.example", "OIDC_RS_CLIENT_AUTH_METHOD": "private_key_jwt", "OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE": %q}
		]}`, file(t, "rsa.pem", rsaKey(t)), file(t, "secret", "s"), signing)))
	if err != nil {
		t.Fatal(err)
	}
	set := string(f.PublicJWKS())
	if strings.Count(set, `"use":"enc"`) != 1 || strings.Count(set, `"use":"sig"`) != 1 {
		t.Errorf("published: %s", set)
	}
	if f.Issuers[0].Signer != nil || f.Issuers[1].Signer == nil {
		t.Error("the signing key is not the second issuer's alone")
	}
	if err := os.WriteFile(signing, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if first, second := f.Issuers[0].Reload(), f.Issuers[1].Reload(); first != nil || len(rsenv.VariableErrors(second)) != 1 {
		t.Errorf("a bad signing key of the second: got %v and %v", first, second)
	}
}
