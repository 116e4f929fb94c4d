package rsdoctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

const clientID, secret = "documents", "private +secret%2B:é"

// ward is a healthy resource server with its authorization server, to be made ill.
type ward struct {
	t       *testing.T
	as      *devas.Server
	client  devas.Client
	cfg     rs.Config
	options rsdoctor.Options
	base    string // of the authorization server

	mu    sync.Mutex
	front func(as http.Handler) http.Handler // what stands before the authorization server
}

// ourKeys is one key for all tests.
var ourKeys = sync.OnceValues(func() (*keys.Set, error) { return newKeys("ECDH-ES", "A256GCM") })

func newKeys(alg, enc string) (*keys.Set, error) {
	kty := "EC"
	if alg != "ECDH-ES" {
		kty = "RSA"
	}
	pem, err := keys.Generate(kty)
	if err != nil {
		return nil, err
	}
	return keys.Parse(pem, alg, enc)
}

// admit makes a healthy one.
func admit(t *testing.T, format rs.Format) *ward {
	t.Helper()
	w := &ward{t: t, client: devas.Client{ID: clientID, Secret: secret}}
	w.cfg = rs.Config{ClientID: clientID, ClientSecret: secret, AcceptedScopes: []string{"documents"}, Format: format, ClientAuth: rs.ClientSecretPost, Timeout: time.Minute}
	if format != rs.JSON {
		w.client.SigningAlg = "ES256"
	}
	if format == rs.JWT {
		ours, err := ourKeys()
		if err != nil {
			t.Fatal(err)
		}
		w.cfg.Decrypter, w.client.EncryptionAlg, w.client.JWKS = ours, "ECDH-ES", ours.PublicJWKS()
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	w.base = "http://" + server.Listener.Addr().String()
	w.open(w.base + "/api")
	server.Start()
	t.Cleanup(server.Close)
	return w
}

// open makes the authorization server, under an issuer of the test's choice.
func (w *ward) open(issuer string) {
	w.t.Helper()
	as, err := devas.New(devas.Config{Issuer: issuer, Clients: []devas.Client{w.client}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.as = as
	w.cfg.Issuer, w.cfg.IntrospectionEndpoint = as.Issuer(), as.IntrospectionEndpoint()
	if w.cfg.Format != rs.JSON {
		w.cfg.JWKSEndpoint = as.JWKSEndpoint()
	}
}

func (w *ward) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	var handler http.Handler = w.as
	if w.front != nil {
		handler = w.front(handler)
	}
	w.mu.Unlock()
	handler.ServeHTTP(rw, r)
}

// register changes the registration of the client.
func (w *ward) register(change func(*devas.Client)) {
	w.t.Helper()
	change(&w.client)
	if err := w.as.Register(w.client); err != nil {
		w.t.Fatal(err)
	}
}

// instead answers introspections with f.
func (w *ward) instead(f http.HandlerFunc) {
	w.front = func(as http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/introspect") {
				f(rw, r)
				return
			}
			as.ServeHTTP(rw, r)
		})
	}
}

// guard refuses introspections unless f is true of them.
func (w *ward) guard(f func(r *http.Request) bool) {
	w.instead(func(rw http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || !f(r) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusUnauthorized)
			_, _ = rw.Write([]byte(`{"error":"invalid_client"}`))
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"active":false}`))
	})
}

func status(code int, contentType, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", contentType)
		rw.WriteHeader(code)
		_, _ = rw.Write([]byte(body))
	}
}

// registered answers our own client alone.
func registered(h http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		id, _, _ := r.BasicAuth()
		if r.PostFormValue("client_id") != clientID && id != clientID {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		h(rw, r)
	}
}

func isPost(r *http.Request) bool { return r.PostForm.Get("client_secret") == secret }

func isBasic(encoded bool) func(r *http.Request) bool {
	return func(r *http.Request) bool {
		_, password, found := r.BasicAuth()
		return found && (password == secret) != encoded
	}
}
