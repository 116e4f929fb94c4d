package rsenv_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// env is a set of variables.
type env map[string]string

// minimal is all that plain JSON needs.
var minimal = env{
	"OIDC_OP_URL":                    "https://auth.example/api/v2",
	"OIDC_OP_INTROSPECTION_ENDPOINT": "https://auth.example/api/v2/introspection",
	"OIDC_RS_CLIENT_ID":              "documents",
	"OIDC_RS_CLIENT_SECRET":          "s3cr3t",
	"OIDC_RS_SCOPES":                 "documents",
}

// with is e with some variables changed.
func (e env) with(changes env) env {
	e = maps.Clone(e)
	maps.Copy(e, changes)
	return e
}

// jwt is minimal, changed to signed and encrypted answers.
func (e env) jwt(t *testing.T) env {
	t.Helper()
	return e.with(env{
		"OIDC_RS_BACKEND_CLASS":       "jwt",
		"OIDC_OP_JWKS_ENDPOINT":       "https://auth.example/api/v2/jwks",
		"OIDC_RS_PRIVATE_KEY_STR":     ecKey(t),
		"OIDC_RS_ENCRYPTION_KEY_TYPE": "EC",
		"OIDC_RS_ENCRYPTION_ALGO":     "ECDH-ES",
	})
}

// set makes e the only variables of OpenID Connect, for this test.
func (e env) set(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(strings.ToUpper(name), "OIDC_") {
			t.Setenv(name, value) // restores it in the end
			os.Unsetenv(name)
		}
	}
	for name, value := range e {
		t.Setenv(name, value)
	}
}

func mustRead(t *testing.T) *rsenv.Environment {
	t.Helper()
	got, err := rsenv.Read()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var (
	ecKeyOnce  = sync.OnceValues(func() ([]byte, error) { return keys.Generate("EC") })
	rsaKeyOnce = sync.OnceValues(func() ([]byte, error) { return keys.Generate("RSA") })
	okpKeyOnce = sync.OnceValues(func() ([]byte, error) { return keys.Generate("OKP") })
)

func ecKey(t *testing.T) string  { return must(t, ecKeyOnce) }
func rsaKey(t *testing.T) string { return must(t, rsaKeyOnce) }
func okpKey(t *testing.T) string { return must(t, okpKeyOnce) }

func must(t *testing.T, generate func() ([]byte, error)) string {
	t.Helper()
	pem, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem)
}

// file writes a file and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
