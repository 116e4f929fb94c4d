package rs_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// called is a transport that notes where it was sent and which host it named.
type called struct {
	*wire
	mu  sync.Mutex
	log []string
}

func (c *called) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.log = append(c.log, strings.TrimSpace(r.URL.String()+" as "+r.Host+" "+r.Header.Get("X-Forwarded-Proto")))
	c.mu.Unlock()
	return notFound{c.wire}.RoundTrip(r)
}

func (c *called) last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log[len(c.log)-1]
}

func TestInternalURL(t *testing.T) {
	t.Parallel()
	const inside = "http://127.0.0.1:8000"
	for _, c := range []struct{ name, issuer, internal, endpoint, want string }{
		{"same path", "https://as.example/api", inside + "/api", "https://as.example/api/i", inside + "/api/i as 127.0.0.1:8000"},
		{"another path", "https://as.example/api", inside + "/x/y/", "https://as.example/api/i?a=b", inside + "/x/y/i?a=b as 127.0.0.1:8000"},
		{"no path", "https://as.example", inside, "https://as.example/i", inside + "/i as 127.0.0.1:8000"},
		{"slashes", "https://as.example/", inside + "/", "https://as.example/i", inside + "/i as 127.0.0.1:8000"},
		{"host in other letters", "https://as.example/", inside, "https://AS.example/i", inside + "/i as 127.0.0.1:8000"},
		{"port", "https://as.example:8443/api", inside + "/api", "https://as.example:8443/api/i", inside + "/api/i as 127.0.0.1:8000"},
		{"escaped", "https://as.example/a%2Fb", inside, "https://as.example/a%2Fb/i", inside + "/i as 127.0.0.1:8000"},
		{"beside the path", "https://as.example/api", inside + "/api", "https://as.example/apis/i", "https://as.example/apis/i as as.example"},
		{"above the path", "https://as.example/api", inside + "/api", "https://as.example/i", "https://as.example/i as as.example"},
		{"climbing", "https://as.example/api", inside + "/api", "https://as.example/api/../i", "https://as.example/api/../i as as.example"},
		{"another host", "https://as.example/api", inside + "/api", "https://www.example/api/i", "https://www.example/api/i as www.example"},
		{"longer host", "https://as.example", inside, "https://as.example.evil/i", "https://as.example.evil/i as as.example.evil"},
		{"another port", "https://as.example", inside, "https://as.example:8443/i", "https://as.example:8443/i as as.example:8443"},
		{"another scheme", "https://localhost", inside, "http://localhost/i", "http://localhost/i as localhost"},
		{"inside already", "https://as.example", inside, inside + "/i", inside + "/i as 127.0.0.1:8000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			seen := &called{wire: newWire()}
			cfg := config(seen.wire)
			cfg.HTTPClient = &http.Client{Transport: seen}
			cfg.Issuer, cfg.InternalURL, cfg.IntrospectionEndpoint = c.issuer, c.internal, c.endpoint
			outcome(newServer(t, cfg), "token")
			if got := seen.last(); got != c.want {
				t.Errorf("configured: called %s, want %s", got, c.want)
			}
		})
	}
}

// The classic of containers: tokens are issued under one address, and we reach the server under another.
func TestDiscoveryInside(t *testing.T) {
	t.Parallel()
	seen := &called{wire: newWire()}
	seen.on("/auth/.well-known/openid-configuration", jsonAnswer(document(nil)))
	seen.on("/auth/introspection", answers(200, responseType, sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))))
	seen.on("/auth/jwks", jsonAnswer(string(signer().PublicJWKS())))
	cfg := discovering(seen.wire)
	cfg.HTTPClient = &http.Client{Transport: seen}
	cfg.InternalURL, cfg.InsecureAllowHTTP, cfg.Format = "http://as:8000/auth", true, rs.JWTSigned
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Fatal(got)
	}
	want := []string{
		"http://as:8000/.well-known/oauth-authorization-server/auth as as:8000",
		"http://as:8000/auth/.well-known/openid-configuration as as:8000",
		"http://as:8000/auth/introspection as as:8000",
		"http://as:8000/auth/jwks as as:8000",
	}
	if len(seen.log) != len(want) {
		t.Fatalf("called %q", seen.log)
	}
	for i := range want {
		if seen.log[i] != want[i] {
			t.Errorf("call %d: %s, want %s", i, seen.log[i], want[i])
		}
	}
}

// Two authorization servers that call themselves the same do not share what is remembered.
func TestInternalURLIsPartOfCacheKeys(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good()).on("/i/introspection", jsonAnswer(`{"active":false}`))
	cache, err := rs.NewLRU(10, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(w)
	cfg.Cache = cache
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Error(got)
	}
	cfg.InternalURL = "http://127.0.0.1/i"
	if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonInactive {
		t.Errorf("got %q", got)
	}
}

// Servers that make their links of the name they are called by: some say their issuer only if called by its name, others are
// of use only if called by their own.
func TestNamesInside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		doc  func(host, proto string) string
		want string // how introspection is called
	}{
		{"issuer by name", func(host, proto string) string {
			return document(object{"issuer": proto + "://" + host + "/api/v2"})
		}, "http://as:8000/api/v2/introspection as as.example https"},
		{"links by name, whatever the scheme", func(host, _ string) string {
			if host == "as:8000" {
				return ""
			}
			return document(object{"introspection_endpoint": "http://" + host + "/api/v2/introspection"})
		}, "http://as:8000/api/v2/introspection as as.example https"},
		{"links by its own name", func(host, _ string) string {
			return document(object{"introspection_endpoint": "http://" + host + "/api/v2/introspection"})
		}, "http://as:8000/api/v2/introspection as as:8000"},
		{"links of the world", func(string, string) string { return document(nil) }, "http://as:8000/api/v2/introspection as as:8000"},
		{"only its own name", func(host, _ string) string {
			if host != "as:8000" {
				return ""
			}
			return document(nil)
		}, "http://as:8000/api/v2/introspection as as:8000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			seen := &called{wire: newWire().on(endpoint, good())}
			seen.on(oidcAppended, func(w http.ResponseWriter, r *http.Request) {
				jsonAnswer(c.doc(r.Host, r.Header.Get("X-Forwarded-Proto")))(w, r)
			})
			cfg := discovering(seen.wire)
			cfg.HTTPClient = &http.Client{Transport: seen}
			cfg.InternalURL, cfg.InsecureAllowHTTP = "http://as:8000/api/v2", true
			if got := outcome(newServer(t, cfg), "token"); got != "" || seen.last() != c.want {
				t.Errorf("%q, called %s, want %s", got, seen.last(), c.want)
			}
		})
	}
}

// TestUserInfoInside: the endpoint and the keys are called by the name that the metadata was found by.
func TestUserInfoInside(t *testing.T) {
	t.Parallel()
	seen := &called{wire: newWire().on(endpoint, good())}
	seen.on(oidcAppended, func(w http.ResponseWriter, r *http.Request) {
		self := r.Header.Get("X-Forwarded-Proto") + "://" + r.Host + "/api/v2"
		jsonAnswer(document(object{"issuer": self, "userinfo_endpoint": userInfoURL}))(w, r)
	})
	seen.on(userInfoURL, answers(200, "application/jwt", sign(t, signer(), nil, signedClaims(nil))))
	seen.on(jwksURL, jsonAnswer(string(signer().PublicJWKS())))
	cfg := discovering(seen.wire)
	cfg.HTTPClient = &http.Client{Transport: seen}
	cfg.InternalURL, cfg.InsecureAllowHTTP = "http://as:8000/api/v2", true
	cfg.UserInfoFormat, cfg.UserInfoAlg = rs.JWTSigned, "ES256"
	s := newServer(t, cfg)
	if _, err := s.UserInfo(admitted(t, s, "token")); err != nil {
		t.Fatal(err)
	}
	for i, path := range []string{"introspection", "userinfo", "jwks"} {
		want := "http://as:8000/api/v2/" + path + " as as.example https"
		if got := seen.log[len(seen.log)-3+i]; got != want {
			t.Errorf("called %s, want %s", got, want)
		}
	}
}

// TestAnHTTPIssuerInside: its links mean what they say.
func TestAnHTTPIssuerInside(t *testing.T) {
	t.Parallel()
	seen := &called{wire: newWire().on(endpoint, good())}
	seen.on(oidcAppended, func(w http.ResponseWriter, r *http.Request) {
		self := r.Header.Get("X-Forwarded-Proto") + "://" + r.Host + "/api/v2"
		jsonAnswer(document(object{"issuer": self, "introspection_endpoint": self + "/introspection"}))(w, r)
	})
	cfg := discovering(seen.wire)
	cfg.HTTPClient = &http.Client{Transport: seen}
	cfg.Issuer, cfg.InternalURL, cfg.InsecureAllowHTTP = "http://as.example/api/v2", "http://as:8000/api/v2", true
	outcome(newServer(t, cfg), "token")
	if got, want := seen.last(), "http://as:8000/api/v2/introspection as as.example http"; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
}
