package devas_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

const (
	issuer    = "https://as.example/api/v2"
	mediaJWT  = "application/token-introspection+jwt"
	mediaJSON = "application/json"
)

// now is the time of every test server.
var now = time.Unix(1_800_000_000, 0)

func newAS(t *testing.T, change ...func(*devas.Config)) *devas.Server {
	t.Helper()
	cfg := devas.Config{
		Issuer: issuer,
		Now:    func() time.Time { return now },
		Clients: []devas.Client{
			{ID: "json", Secret: "json secret"},
			{ID: "signed", Secret: "signed secret", SigningAlg: "ES256"},
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	as, err := devas.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return as
}

// encryptTo registers a client "encrypted" for a new key.
func encryptTo(t *testing.T, as *devas.Server) *keys.Set {
	t.Helper()
	set := newSet(t)
	if err := as.Register(devas.Client{ID: "encrypted", Secret: "encrypted secret", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKS: set.PublicJWKS()}); err != nil {
		t.Fatal(err)
	}
	return set
}

func newSet(t *testing.T) *keys.Set {
	t.Helper()
	pem, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.Parse(pem, "ECDH-ES", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func post(path string, form url.Values, header http.Header) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// introspect asks as the client, which sends its secret in the body.
func introspect(as *devas.Server, client, accept, token string) *httptest.ResponseRecorder {
	form := url.Values{"client_id": {client}, "client_secret": {client + " secret"}, "token": {token}}
	return serve(as, post("/api/v2/introspect", form, http.Header{"Accept": {accept}}))
}

func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

// segment decodes one segment of a compact JWS or JWE as a JSON object.
func segment(t *testing.T, compact string, i int) map[string]any {
	t.Helper()
	parts := strings.Split(compact, ".")
	if i >= len(parts) {
		t.Fatalf("only %d segments", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		t.Fatal(err)
	}
	return object(t, text)
}

// published is the server's JWK Set as a resource server reads it.
func published(t *testing.T, as *devas.Server, alg string) *keys.PublicSet {
	t.Helper()
	w := serve(as, httptest.NewRequest(http.MethodGet, "/api/v2/jwks", http.NoBody))
	set, err := keys.ParsePublic(w.Body.Bytes(), alg)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
