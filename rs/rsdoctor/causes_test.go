package rsdoctor_test

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// move sends introspections elsewhere.
func (w *ward) move(base string) {
	w.cfg.IntrospectionEndpoint = base + strings.TrimPrefix(w.cfg.IntrospectionEndpoint, w.base)
}

// freeAddress is one where nobody listens: the port of tcpmux, which no other test can be given.
func freeAddress(*testing.T) string { return "127.0.0.1:1" }

// nowhere is no name of a host: it has more letters than a label may have, so that nobody is asked for its address, and nobody takes
// time to say that there is none.
var nowhere = strings.Repeat("nowhere", 10) + ".invalid"

// off is a clock that is wrong.
func off(by time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(by) }
}

// without hides paths.
func without(part string) func(http.Handler) http.Handler {
	return func(as http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, part) {
				http.NotFound(w, r)
				return
			}
			as.ServeHTTP(w, r)
		})
	}
}

// other adds a path.
func other(path string, f http.HandlerFunc) func(http.Handler) http.Handler {
	return func(as http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(path, f)
		mux.Handle("/", as)
		return mux
	}
}

// mixed publishes one key and decrypts with another.
func mixed(t *testing.T) rs.Decrypter {
	t.Helper()
	another, err := newKeys("ECDH-ES", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ourKeys()
	if err != nil {
		t.Fatal(err)
	}
	return mixture{ours, another}
}

type mixture struct{ decrypts, publishes *keys.Set }

func (m mixture) Decrypt(jwe []byte) ([]byte, error) { return m.decrypts.Decrypt(jwe) }

func (m mixture) PublicJWKS() []byte { return m.publishes.PublicJWKS() }

// stranger is the JWK Set of another server.
func stranger(t *testing.T) string {
	t.Helper()
	as, err := devas.New(devas.Config{Issuer: "http://127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(as)
	t.Cleanup(server.Close)
	return server.URL + "/jwks"
}

// ofClaims gives the doctor a token with these claims.
func ofClaims(claims devas.Claims) func(*ward) {
	return func(w *ward) { w.options.Token = rs.Secret(w.as.Issue(claims)) }
}

// jwt gives the doctor a token that the authorization server does not know.
func jwt(payload string) func(*ward) {
	encode := base64.RawURLEncoding.EncodeToString
	return func(w *ward) {
		w.options.Token = rs.Secret(encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(payload)) + ".AAAA")
	}
}

func trust(cfg *rs.Config, server *httptest.Server) {
	cfg.RootCAs = x509.NewCertPool()
	cfg.RootCAs.AddCert(server.Certificate())
}
