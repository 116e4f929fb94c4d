package devas_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// clientHost is a client that publishes its keys, or not.
type clientHost struct {
	set     *keys.Set
	header  http.Header
	status  int
	body    string // in place of the set
	hang    bool
	fetched atomic.Int32
}

func (h *clientHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.fetched.Add(1)
	if h.hang {
		<-r.Context().Done()
		return
	}
	maps.Copy(w.Header(), h.header)
	if h.status != 0 {
		w.WriteHeader(h.status)
	}
	body := h.body
	if body == "" {
		body = string(h.set.PublicJWKS())
	}
	_, _ = io.WriteString(w, body)
}

func newClientHost(t *testing.T, host *clientHost, clock func() time.Time) *devas.Server {
	t.Helper()
	host.set = newSet(t)
	return newAS(t, func(cfg *devas.Config) {
		cfg.Now = clock
		cfg.HTTPClient = &http.Client{Transport: rstest.NewTransport(host)}
		cfg.Clients = []devas.Client{{
			ID: "encrypted", Secret: "encrypted secret", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKSURI: "https://app.example/jwks",
		}}
	})
}

func TestClientKeysAreCached(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cacheControl string
		want         time.Duration
	}{
		{"", time.Minute},
		{"public, max-age=10", time.Minute},
		{"public,Max-Age=600", 10 * time.Minute},
		{"max-age=-1", time.Minute},
		{"max-age=soon", time.Minute},
		{"no-store", time.Minute},
	} {
		clock := now
		host := &clientHost{header: http.Header{"Cache-Control": {tt.cacheControl}}}
		as := newClientHost(t, host, func() time.Time { return clock })
		old := host.set
		opens := func(set *keys.Set) bool {
			_, err := set.Decrypt(introspect(as, "encrypted", mediaJWT, "unknown").Body.Bytes())
			return err == nil
		}
		if host.fetched.Load() != 0 || !opens(old) {
			t.Fatalf("%q: %d fetches before the first answer, or a wrong key", tt.cacheControl, host.fetched.Load())
		}
		host.set = newSet(t) // a rotation without overlap, which the server does not notice yet
		clock = now.Add(tt.want - time.Second)
		if !opens(old) || host.fetched.Load() != 1 {
			t.Errorf("%q: fetched %d times within %v", tt.cacheControl, host.fetched.Load(), tt.want)
		}
		clock = now.Add(tt.want)
		if !opens(host.set) || host.fetched.Load() != 2 {
			t.Errorf("%q: fetched %d times after %v", tt.cacheControl, host.fetched.Load(), tt.want)
		}
	}
}

func TestClientKeysUnusable(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		host *clientHost
		want string
	}{
		"status":   {&clientHost{status: 404}, "status 404"},
		"redirect": {&clientHost{status: 302, header: http.Header{"Location": {"/elsewhere"}}}, "client JSON Web Key Set is unusable"},
		"no JSON":  {&clientHost{body: "<html>"}, "not a JWK Set"},
		"no keys":  {&clientHost{body: `{"kty":"EC"}`}, "not a JWK Set"},
		"no key":   {&clientHost{body: `{"keys":[]}`}, "no key of the set"},
		"private":  {&clientHost{body: `{"keys":[{"kty":"oct","k":"AQAB"}]}`}, "a private key is published"},
		"hangs":    {&clientHost{hang: true}, "deadline exceeded"},
		"half":     {&clientHost{header: http.Header{"Content-Length": {"9999"}}}, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				as := newClientHost(t, tt.host, time.Now)
				for _, token := range []string{as.Issue(nil), "unknown"} {
					start := time.Now()
					w := introspect(as, "encrypted", mediaJWT, token)
					got := object(t, w.Body.Bytes())
					if w.Code != 400 || got["error"] != "invalid_client_metadata" || !strings.Contains(got["error_description"].(string), tt.want) {
						t.Errorf("%d %v", w.Code, got)
					}
					if tt.host.hang && time.Since(start) != 2500*time.Millisecond {
						t.Errorf("gave up after %v", time.Since(start))
					}
				}
				if name != "no key" && tt.host.fetched.Load() < 2 {
					t.Error("a failure is remembered")
				}
			})
		})
	}
}

func TestClientKeysUnreachable(t *testing.T) {
	t.Parallel()
	as := newAS(t, func(cfg *devas.Config) {
		cfg.HTTPClient = &http.Client{Transport: brokenTransport{}}
		cfg.Clients = []devas.Client{
			{ID: "a", Secret: "a secret", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKSURI: "https://app.example/jwks"},
			{ID: "b", Secret: "b secret", SigningAlg: "ES256", EncryptionAlg: "ECDH-ES", JWKSURI: "://"},
		}
	})
	for _, client := range []string{"a", "b"} {
		if w := introspect(as, client, mediaJWT, "x"); w.Code != 400 {
			t.Errorf("%s: %d %s", client, w.Code, w.Body)
		}
	}
}

type brokenTransport struct{}

func (brokenTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no way")
}
