package rsenv_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// Every algorithm, encoding and type of key that this package lets through is one that package keys has.
func TestEncryption(t *testing.T) {
	key := map[string]string{"RSA": rsaKey(t), "EC": ecKey(t), "OKP": okpKey(t)}
	const (
		algo     = "OIDC_RS_ENCRYPTION_ALGO"
		encoding = "OIDC_RS_ENCRYPTION_ENCODING"
		keyType  = "OIDC_RS_ENCRYPTION_KEY_TYPE"
		private  = "OIDC_RS_PRIVATE_KEY_STR"
		unfit    = "does not fit OIDC_RS_ENCRYPTION_ALGO: "
		unusable = "does not hold a usable key "
		breaks   = `write \n in the place of each line break, or name its file in OIDC_RS_PRIVATE_KEY_STR_FILE`
		noPath   = "names a file (what stands here does not look like a path, and is not repeated), which does not exist, for example OIDC_RS_PRIVATE_KEY_STR_FILE=/run/secrets/oidc_private_key.pem"
		noKey    = "(neither PEM nor a JWK nor a JWK Set): make one with rsctl keygen, or give the whole PEM, JWK or JWK Set as it was made"
	)
	for _, test := range []struct {
		name    string
		changes env
		want    env
	}{
		{"RSA", env{algo: "RSA-OAEP", keyType: "RSA", private: key["RSA"]}, nil},
		{"RSA by default", env{algo: "", keyType: "", encoding: "", private: key["RSA"]}, nil},
		{"RSA with SHA-256", env{algo: "RSA-OAEP-256", keyType: "RSA", private: key["RSA"]}, nil},
		{"EC", env{algo: "ECDH-ES", keyType: "EC", private: key["EC"]}, nil},
		{"OKP", env{algo: "ECDH-ES", keyType: "OKP", private: key["OKP"]}, nil},
		{"A128GCM", env{encoding: "A128GCM"}, nil},
		{"A192GCM", env{encoding: "A192GCM"}, nil},
		{"A256GCM", env{encoding: "A256GCM"}, nil},
		{"A128CBC-HS256", env{encoding: "A128CBC-HS256"}, nil},
		{"A192CBC-HS384", env{encoding: "A192CBC-HS384"}, nil},
		{"A256CBC-HS512", env{encoding: "A256CBC-HS512"}, nil},

		{"type against algorithm", env{keyType: "RSA"}, env{keyType: unfit + "ECDH-ES needs OIDC_RS_ENCRYPTION_KEY_TYPE=EC or OKP"}},
		{"type unset, against algorithm", env{keyType: ""}, env{keyType: unfit + "ECDH-ES needs OIDC_RS_ENCRYPTION_KEY_TYPE=EC or OKP"}},
		{"algorithm against type", env{algo: "RSA-OAEP", private: key["RSA"]}, env{keyType: unfit + "RSA-OAEP needs OIDC_RS_ENCRYPTION_KEY_TYPE=RSA"}},
		{"type against key", env{keyType: "OKP"}, env{
			keyType: "does not fit the private key: write OIDC_RS_ENCRYPTION_KEY_TYPE=EC, or use another key",
		}},
		{"algorithm against key", env{algo: "RSA-OAEP", keyType: "RSA"}, env{
			private: unusable + "(RSA-OAEP needs an RSA key, this one is EC): make a key of that type with rsctl keygen, or set the algorithm as it is registered, so that both fit together",
		}},
		{"unknown", env{algo: "RSA1_5", encoding: "A256", keyType: "oct", private: "x"}, env{
			algo:     "is not one of RSA-OAEP, RSA-OAEP-256, ECDH-ES, for example OIDC_RS_ENCRYPTION_ALGO=RSA-OAEP",
			encoding: "is not one of A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384, A256CBC-HS512, for example OIDC_RS_ENCRYPTION_ENCODING=A256GCM",
		}},
		{"not a key", env{private: "x"}, env{private: unusable + noKey}},
		{"not a key, in plain JSON", env{"OIDC_RS_BACKEND_CLASS": "json", private: "x"}, env{
			private: unusable + noKey,
		}},
		{"not a key, in a file", env{private + "_FILE": file(t, "x.pem", "x")}, env{
			private + "_FILE": unusable + noKey,
		}},
		{"on one line, without line breaks", env{private: strings.ReplaceAll(ecKey(t), "\n", " ")}, env{private: unusable + "(its line breaks are gone): " + breaks}},
		{"line breaks escaped twice", env{private: strings.ReplaceAll(ecKey(t), "\n", `\\n`)}, env{private: unusable + "(its line breaks are escaped twice): " + breaks}},
		{"the first line", env{private: "-----BEGIN PRIVATE KEY-----"}, env{private: unusable + "(only the first line of the PEM is there): " + breaks}},
		{"in base64", env{private: base64.StdEncoding.EncodeToString([]byte(ecKey(t)))}, env{
			private: unusable + "(it is base64 around a PEM): decode it, with base64 -d, and give the PEM itself",
		}},
		{"without its first and last line", env{private: strings.Join(strings.Split(strings.TrimSpace(ecKey(t)), "\n")[1:4], "")}, env{
			private: unusable + "(the lines with BEGIN and END are missing): give the whole PEM, or name its file in OIDC_RS_PRIVATE_KEY_STR_FILE",
		}},
		{"a path", env{private: "/run/secrets/key.pem"}, env{private: unusable + "(it is the path of a file): write the path into OIDC_RS_PRIVATE_KEY_STR_FILE"}},
		{"a relative path", env{private: "key.pem"}, env{private: unusable + "(it is the path of a file): write the path into OIDC_RS_PRIVATE_KEY_STR_FILE"}},
		{"the key for its path", env{private: "", private + "_FILE": ecKey(t)}, env{private + "_FILE": noPath}},
		{"the key for its path, on one line", env{private: "", private + "_FILE": strings.ReplaceAll(ecKey(t), "\n", `\n`)}, env{private + "_FILE": noPath}},
		{"no file", env{private: "", private + "_FILE": "/nowhere/key.pem"}, env{
			private + "_FILE": `names the file "/nowhere/key.pem", which does not exist, for example OIDC_RS_PRIVATE_KEY_STR_FILE=/run/secrets/oidc_private_key.pem`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			minimal.jwt(t).with(test.changes).set(t)
			wantProblems(t, test.want)
		})
	}
}

// A key in plain JSON is of no use but to be published.
func TestKeysInPlainJSON(t *testing.T) {
	minimal.jwt(t).with(env{"OIDC_RS_BACKEND_CLASS": "json"}).set(t)
	got := mustRead(t)
	if got.Config.Format != rs.JSON || got.Keys.Type() != "EC" {
		t.Errorf("got %v, %v", got.Config.Format, got.Keys)
	}
}

// rsctl jwks runs before there is a registration.
func TestKeysAlone(t *testing.T) {
	env{"OIDC_RS_PRIVATE_KEY_STR": rsaKey(t)}.set(t)
	set, err := rsenv.PublicJWKS()
	if err != nil {
		t.Fatal(err)
	}
	var jwks struct{ Keys []map[string]any }
	if err := json.Unmarshal(set, &jwks); err != nil || len(jwks.Keys) != 1 || jwks.Keys[0]["alg"] != "RSA-OAEP" {
		t.Errorf("got %s, %v", set, err)
	}

	env{}.set(t)
	set, err = rsenv.PublicJWKS()
	if all := rsenv.VariableErrors(err); set != nil || len(all) != 1 || all[0].Variable != "OIDC_RS_PRIVATE_KEY_STR" {
		t.Errorf("nothing set: got %s, %v", set, err)
	}
}

// A key file is read again at a reload; one that is bad by then changes nothing.
func TestKeysReload(t *testing.T) {
	path := file(t, "key.pem", ecKey(t))
	minimal.jwt(t).with(env{"OIDC_RS_PRIVATE_KEY_STR": "", "OIDC_RS_PRIVATE_KEY_STR_FILE": path}).set(t)
	got := mustRead(t)
	before := got.Keys.KeyIDs()[0]
	if err := os.WriteFile(path, []byte(okpKey(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := got.Keys.Reload(); err != nil || got.Keys.KeyIDs()[0] == before || len(got.Keys.States()) != 2 {
		t.Errorf("reload: %v, %v", err, got.Keys.States())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := got.Keys.Reload(); err == nil || !strings.Contains(err.Error(), "does not exist") || len(got.Keys.States()) != 2 {
		t.Errorf("reload without a file: %v, %v", err, got.Keys.States())
	}
}
