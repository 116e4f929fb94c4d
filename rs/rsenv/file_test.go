package rsenv_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// twoIssuers is a good file.
func twoIssuers(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf(`{
	"defaults": {
		"OIDC_RS_CLIENT_ID": "documents", "OIDC_RS_SCOPES": ["documents", "groups"], "OIDC_RS_CACHE_TTL": 60,
		"OIDC_RS_BASE64_TOKENS": false, "OIDC_RS_CLIENT_SECRET_ENV": "SECRET_OF_A"
	},
	"issuers": [
		{
			"hosts": ["a.example"], "OIDC_OP_URL": "https://a.example", "OIDC_OP_INTROSPECTION_ENDPOINT": "https://a.example/i",
			"OIDC_RS_CLOCK_SKEW": "1m"
		},
		{
			"hosts": ["B.example", "2001:DB8::1"], "OIDC_OP_URL": "https://b.example", "OIDC_OP_INTROSPECTION_ENDPOINT": "https://b.example/i",
			"OIDC_RS_CLIENT_SECRET_FILE": %q, "OIDC_RS_SCOPES": "b", "OIDC_VERIFY_SSL": false
		}
	]
}`, file(t, "secret", "of b\n"))
}

func TestReadFile(t *testing.T) {
	env{"SECRET_OF_A": "of a", "OIDC_RS_REALM": "the environment is not read"}.set(t)
	f, err := rsenv.ReadFile(file(t, "issuers.json", twoIssuers(t)))
	if err != nil {
		t.Fatal(err)
	}
	a, b := f.Issuers[0].Config, f.Issuers[1].Config
	for _, c := range []struct{ what, got, want string }{
		{"secret of a", string(a.ClientSecret), "of a"},
		{"secret of b", string(b.ClientSecret), "of b"},
		{"client", a.ClientID + " " + b.ClientID, "documents documents"}, //nolint:dupword // of both
		{"scopes", fmt.Sprint(a.AcceptedScopes, b.AcceptedScopes), "[documents groups] [b]"},
		{"cache", fmt.Sprint(a.CacheTTL, b.CacheTTL), "1m0s 1m0s"},
		{"skew", fmt.Sprint(a.ClockSkew, b.ClockSkew), "1m0s 10s"},
		{"base64", fmt.Sprint(a.LenientBase64Token), "false"},
		{"realm", a.Realm, ""},
		{"hosts", fmt.Sprint(f.Hosts), "map[2001:db8::1:https://b.example a.example:https://a.example b.example:https://b.example]"},
		{"warnings", strings.Join(f.Warnings, "|")[:36], "issuers[1].OIDC_VERIFY_SSL is false:"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	all, err := rs.NewIssuers(f.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close(t.Context()) //nolint:errcheck // nothing is under way
	r := httptest.NewRequest("GET", "https://c.example/", nil)
	r.Header.Set("Authorization", "Bearer x")
	if _, err := all.AuthenticateRequest(r); rs.AsError(err).Reason != rs.ReasonIssuer {
		t.Errorf("another host: %v", err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", f.Issuers[0], *f.Issuers[0], f.Issuers[0]); strings.Contains(shown, "of a") {
		t.Error("a secret is shown")
	}
}

func TestReadFileWithoutHosts(t *testing.T) {
	env{}.set(t)
	f, err := rsenv.ReadFile(file(t, "issuers.json", `{"issuers":[{"OIDC_OP_URL":"https://a.example","OIDC_OP_JWKS_ENDPOINT":"https://a.example/j",
		"OIDC_RS_ACCESS_TOKEN_MODE":"local","OIDC_RS_TOKEN_AUDIENCES":["us"],"OIDC_RS_SCOPES":["a"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if cfg := f.Config(); cfg.Choose != nil || len(cfg.Issuers) != 1 || cfg.Issuers[0].AccessTokenMode != rs.Local || f.Warnings != nil {
		t.Errorf("%+v", f)
	}
}

func TestReadFileReportsEverything(t *testing.T) {
	env{}.set(t)
	for _, c := range []struct {
		name, content string
		want          []string // how each problem begins
	}{
		{"nothing", ``, []string{"rsenv: FILE is not JSON (see line 1)"}},
		{"half", "{\n\n\"issuers\":[", []string{"rsenv: FILE is not JSON (see line 3)"}},
		{"a list", `[]`, []string{"rsenv: FILE is not a JSON object"}},
		{"null", `null`, []string{"rsenv: FILE is not a JSON object"}},
		{"data behind", `{"issuers":[]} x`, []string{"rsenv: FILE is not JSON (see line 1)"}},
		{"twice", `{"issuers":[],"issuers":[]}`, []string{"rsenv: FILE has a member twice"}},
		{"no issuers", `{}`, []string{"rsenv: issuers is not a list of at least one issuer"}},
		{"issuers empty", `{"issuers":[]}`, []string{"rsenv: issuers is not a list of at least one issuer"}},
		{"issuers an object", `{"issuers":{}}`, []string{"rsenv: issuers is not a list of at least one issuer"}},
		{"an empty audience", `{"issuers":[{"OIDC_RS_TOKEN_AUDIENCES":[""]}]}`, []string{
			"rsenv: issuers[0].OIDC_RS_TOKEN_AUDIENCES is a list with an element that is empty",
		}},
		{"everything at once", `{
			"x": 1,
			"defaults": {"OIDC_RS_SCOPES": [1], "OIDC_RS_CLIENT_ID": null, "hosts": ["x"], "OIDC_RS_LISTEN": ":1", "OIDC_RS_CACHE_TTL": "soon"},
			"issuers": [
				{"OIDC_OP_URL": "https://a.example", "OIDC_RS_CLIENT_SECRET": "VERY-SECRET", "OIDC_RS_CLIENTID": "x", "hosts": "a.example"},
				{"OIDC_OP_URL": "https://a.example", "OIDC_RS_CLIENT_SECRET_ENV": "NO_SUCH_VARIABLE", "OIDC_PROXY": "http://u:VERY-SECRET@p.example",
				 "OIDC_RS_ALLOWED_AUDIENCES": ["a b"], "hosts": ["h.example"], "nonsense": {}},
				{"OIDC_RS_SCOPES": {"a": "VERY-SECRET"}, "hosts": ["H.example"]},
				5
			]}`, []string{
			"rsenv: x is not known",
			"rsenv: defaults.OIDC_RS_CLIENT_ID is neither a string",
			"rsenv: defaults.OIDC_RS_LISTEN is for the whole process",
			"rsenv: defaults.OIDC_RS_SCOPES is not a list of strings",
			"rsenv: defaults.hosts is not known: each of the issuers has",
			"rsenv: issuers[0].OIDC_RS_CLIENTID is not known: did you mean OIDC_RS_CLIENT_ID?",
			"rsenv: issuers[0].OIDC_RS_CLIENT_SECRET is a secret: write OIDC_RS_CLIENT_SECRET_FILE",
			"rsenv: issuers[0].hosts is not a list of host names",
			"rsenv: issuers[0].OIDC_RS_SCOPES is not set",
			"rsenv: issuers[0].OIDC_RS_CACHE_TTL ",
			"rsenv: issuers[1].OIDC_RS_CLIENT_SECRET_ENV names the variable \"NO_SUCH_VARIABLE\", which is not set",
			"rsenv: issuers[1].OIDC_OP_URL is that of issuers[0] too",
			"rsenv: issuers[1].OIDC_PROXY has a password in it",
			"rsenv: issuers[1].OIDC_RS_ALLOWED_AUDIENCES is a list with an element that is empty, or has a comma",
			"rsenv: issuers[1].nonsense is not known: see docs/reference/environment.md",
			"rsenv: issuers[2].OIDC_RS_SCOPES is neither a string",
			"rsenv: issuers[2].OIDC_OP_URL is not set",
			"rsenv: issuers[2].hosts has \"H.example\", which another entry has too",
			"rsenv: issuers[3] is not a JSON object",
			"rsenv: issuers are mixed, some with hosts and some without: give",
		}},
	} {
		path := file(t, "issuers.json", c.content)
		f, err := rsenv.ReadFile(path)
		if f != nil || err == nil || strings.Contains(err.Error(), "VERY-SECRET") {
			t.Errorf("%s: got %v, %v", c.name, f, err)
			continue
		}
		got := strings.Split(strings.ReplaceAll(err.Error(), path, "FILE"), "\n")
		for _, want := range c.want {
			if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("%s: %q is missing in\n%v", c.name, want, err)
			}
		}
	}
	_, err := rsenv.ReadFile("testdata/no-such-file.json")
	if problems := rsenv.VariableErrors(err); len(problems) != 1 || problems[0].Problem !=
		"cannot be used (does not exist): correct the path (OIDC_RS_CONFIG_FILE), or put the file there (in a container: mount it)" {
		t.Errorf("no file: %v", err)
	}
	_, err = rsenv.ReadFile("")
	if want := "rsenv: OIDC_RS_CONFIG_FILE is not set: name the file with the issuers, for example OIDC_RS_CONFIG_FILE=/etc/documents/issuers.json"; err == nil || err.Error() != want {
		t.Errorf("no path: %v, want %s", err, want)
	}
}

// A request is found by the name in its Host: with anything around it, every request of that issuer would be refused.
func TestHostsAreNames(t *testing.T) {
	env{}.set(t)
	for host, good := range map[string]bool{
		"docs.example": true, "Docs.Example": true, "192.0.2.1": true, "2001:db8::1": true, "localhost": true,
		"": false, "docs.example:8443": false, "https://docs.example": false, "docs.example/": false, "*.example": false, "[2001:db8::1]": false, "a b": false, "u@d.example": false,
	} {
		_, err := rsenv.ReadFile(file(t, "issuers.json", `{"issuers":[{"OIDC_OP_URL":"https://a.example","OIDC_RS_CLIENT_ID":"a","OIDC_RS_SCOPES":"a",
			"OIDC_RS_CLIENT_AUTH_METHOD":"self_signed_tls_client_auth","hosts":[`+strconv.Quote(host)+`]}]}`))
		if refused := err != nil && strings.Contains(err.Error(), "issuers[0].hosts is not a list of host names: write them without https://"); refused == good {
			t.Errorf("%q: %v", host, err)
		}
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add([]byte(`{"defaults":{"OIDC_RS_SCOPES":["a"]},"issuers":[{"OIDC_OP_URL":"https://a.example","hosts":["a"]}]}`))
	f.Add([]byte(`{"issuers":[{"OIDC_OP_URL":1e5,"OIDC_RS_CLIENT_SECRET_ENV":"HOME"},null]}`))
	path := filepath.Join(f.TempDir(), "issuers.json") // each worker has its own
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := rsenv.ReadFile(path)
		if (got == nil) == (err == nil) {
			t.Fatalf("%v, %v", got, err)
		}
		if err != nil {
			return
		}
		if err := got.Config().Validate(); err != nil {
			t.Errorf("read, but not valid: %v", err)
		}
	})
}
