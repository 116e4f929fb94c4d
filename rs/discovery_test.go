package rs_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Where metadata may be, for an issuer with a path.
const (
	oauthInserted = "https://as.example/.well-known/oauth-authorization-server/api/v2"
	oidcAppended  = issuer + "/.well-known/openid-configuration"
	oidcInserted  = "https://as.example/.well-known/openid-configuration/api/v2"
)

var places = []string{oauthInserted, oidcAppended, oidcInserted}

// document is the metadata of a good authorization server; changes override it, nil removes.
func document(changes object) string {
	return mustJSON(with(object{
		"issuer": issuer, "introspection_endpoint": endpoint, "jwks_uri": jwksURL, "token_endpoint": issuer + "/token",
		"response_types_supported": []string{"code"},
	}, changes))
}

// publishes is an authorization server that has its metadata in one place and 404 in the others.
func publishes(at, body string) *wire {
	w := newWire().on(endpoint, good())
	for _, place := range places {
		w.on(place, answers(404, "text/html", "<html>"))
	}
	return w.on(at, answers(200, "application/json", body))
}

// discovering knows nothing but the issuer and its own credentials.
func discovering(w *wire) rs.Config {
	cfg := config(w)
	cfg.IntrospectionEndpoint = ""
	return cfg
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, issuer, at string }{
		{"RFC 8414", issuer, oauthInserted},
		{"OpenID", issuer, oidcAppended},
		{"OpenID as RFC 8414 has it", issuer, oidcInserted},
		{"RFC 8414 without a path", "https://as.example", "/.well-known/oauth-authorization-server"},
		{"OpenID without a path", "https://as.example", "/.well-known/openid-configuration"},
		{"RFC 8414 with a slash", "https://as.example/", "/.well-known/oauth-authorization-server"},
		{"OpenID with a slash", "https://as.example/t/", "/t/.well-known/openid-configuration"},
		{"RFC 8414 with a slash and a path", "https://as.example/t/", "/.well-known/oauth-authorization-server/t"},
		{"escaped path", "https://as.example/a%20b", "/a b/.well-known/openid-configuration"},
		{"escaped question mark", "https://as.example/a%3Fb", "/a?b/.well-known/openid-configuration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(object{"iss": c.issuer}))))
			any404 := &http.Client{Transport: notFound{w}}
			w.on(c.at, jsonAnswer(document(object{"issuer": c.issuer})))
			cfg := discovering(w)
			cfg.Issuer, cfg.HTTPClient = c.issuer, any404
			s := newServer(t, cfg)
			for _, token := range []string{"one", "two"} {
				if got := outcome(s, token); got != "" {
					t.Fatal(got)
				}
			}
			if n := w.count(c.at); n != 1 {
				t.Errorf("fetched %d times, want once", n)
			}
		})
	}
}

// notFound is a wire that says 404 where nobody listens.
type notFound struct{ *wire }

func (n notFound) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := n.wire.RoundTrip(r)
	if err != nil && strings.Contains(err.Error(), "nobody listens") {
		n.on(r.URL.Path, answers(404, "text/plain", ""))
		return n.wire.RoundTrip(r)
	}
	return resp, err
}

func TestDiscoveryOfKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		for _, place := range places {
			a.on(place, answers(404, "", ""))
		}
		a.on(oidcInserted, jsonAnswer(document(nil)))
		cfg := a.config()
		cfg.IntrospectionEndpoint, cfg.JWKSEndpoint = "", ""
		if got := outcome(newServer(t, cfg), "token"); got != "" {
			t.Error(got)
		}
		cfg.IntrospectionEndpoint = endpoint // the keys alone
		a.on(oidcInserted, jsonAnswer(document(object{"introspection_endpoint": nil})))
		if got := outcome(newServer(t, cfg), "token"); got != "" {
			t.Error(got)
		}
		if n := a.count(oidcInserted); n != 2 {
			t.Errorf("%d fetches, want 2", n)
		}
		cfg.JWKSEndpoint = jwksURL // nothing is left to discover
		s := newServer(t, cfg)
		if got := outcome(s, "token"); got != "" || a.count(oidcInserted) != 2 {
			t.Errorf("got %q after %d fetches", got, a.count(oidcInserted))
		}
	})
}

// The one algorithm that an authorization server lists is the one that its answers must have.
func TestTheOnlyAlgorithm(t *testing.T) {
	t.Parallel()
	rsa := newSigner("PS256")
	for _, keysAt := range []string{"", jwksURL} { // to be discovered, or configured
		w := publishes(oauthInserted, document(object{"introspection_signing_alg_values_supported": []string{"PS256"}})).
			on(jwksURL, jsonAnswer(string(both(rsa, signer()))))
		cfg := discovering(w)
		cfg.Format, cfg.CircuitOpen, cfg.JWKSEndpoint = rs.JWTSigned, -1, keysAt
		s := newServer(t, cfg)
		w.on(endpoint, answers(200, responseType, sign(t, rsa, goodHeader, mustJSON(goodEnvelope()))))
		if got := outcome(s, "a"); got != "" {
			t.Errorf("keys at %q: %q", keysAt, got)
		}
		w.on(endpoint, answers(200, responseType, sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))))
		if got := outcome(s, "b"); got != rs.ReasonResponseSignature {
			t.Errorf("keys at %q: got %q", keysAt, got)
		}
	}
}

// TestEachPlaceIsLookedAtOnce: for an issuer without a path two of them are one.
func TestEachPlaceIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWire()
	for _, place := range places {
		w.on(strings.TrimSuffix(place, "/api/v2"), answers(404, "", ""))
	}
	cfg := discovering(w)
	cfg.Issuer = "https://as.example"
	if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonMetadataUnavailable {
		t.Error(got)
	}
	for _, place := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
		if n := w.count(place); n != 1 {
			t.Errorf("%s was fetched %d times", place, n)
		}
	}
}

// TestTheConfiguredAlgorithm is the only one, of each kind of answer its own, whatever keys there are.
func TestTheConfiguredAlgorithm(t *testing.T) {
	t.Parallel()
	answer, user := newSigner("ES384"), signer()
	w, cfg := withUserInfo(nil)
	w.on(jwksURL, jsonAnswer(string(both(answer, user))))
	cfg.Format, cfg.SigningAlg, cfg.UserInfoFormat, cfg.UserInfoAlg = rs.JWTSigned, "ES384", rs.JWTSigned, "ES256"
	cfg.CircuitOpen, cfg.CacheSize = -1, -1
	s := newServer(t, cfg)
	for _, c := range []struct {
		by                   *keys.Signer
		wantAnswer, wantUser rs.Reason
	}{
		{user, rs.ReasonResponseSignature, ""},
		{answer, "", rs.ReasonUserInfoAnswer},
	} {
		w.on(endpoint, answers(200, responseType, sign(t, c.by, goodHeader, mustJSON(goodEnvelope()))))
		if got := outcome(s, "token"); got != c.wantAnswer {
			t.Errorf("introspection, %s: got %q, want %q", c.by.Algorithm(), got, c.wantAnswer)
		}
		w.on(userInfoURL, answers(200, "application/jwt", sign(t, c.by, nil, signedClaims(object{"aud": clientID}))))
		r := request("Bearer token")
		_, err := s.UserInfo(r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: issuer, Subject: "alice"})))
		if got := reason(err); got != c.wantUser {
			t.Errorf("UserInfo, %s: got %q, want %q", c.by.Algorithm(), got, c.wantUser)
		}
	}
}

func TestMetadataFallsThroughPlaces(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"another issuer":             jsonAnswer(document(object{"issuer": "https://as.example"})),
		"without introspection":      jsonAnswer(document(object{"introspection_endpoint": nil})),
		"a page for everything":      answers(200, "text/html", "<html>"),
		"500":                        answers(500, "", ""),
		"a redirect":                 answers(302, "", ""),
		"an answer that is too long": jsonAnswer(strings.Repeat(" ", 2<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := publishes(oidcAppended, document(nil)).on(oauthInserted, h)
			if got := outcome(newServer(t, discovering(w)), "token"); got != "" {
				t.Error(got)
			}
			if w.count(oidcInserted) != 0 {
				t.Error("went on after a good document")
			}
		})
	}
}

func TestClientSecretByMetadata(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		listed any
		basic  bool
		want   rs.Reason
	}{
		{"no list", nil, false, ""},
		{"both", []string{"client_secret_basic", "client_secret_post"}, false, ""},
		{"basic", []string{"client_secret_basic", "private_key_jwt"}, true, ""},
		{"post", []string{"client_secret_post"}, false, ""},
		{"neither", []string{"private_key_jwt"}, false, rs.ReasonMetadataMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := publishes(oauthInserted, document(object{"introspection_endpoint_auth_methods_supported": c.listed}))
			w.on(endpoint, func(rw http.ResponseWriter, r *http.Request) {
				_, _, basic := r.BasicAuth()
				if inBody := form(t, r).Has("client_secret"); basic != c.basic || inBody == c.basic {
					t.Errorf("in the header %t, in the body %t", basic, inBody)
				}
				good()(rw, r)
			})
			cfg := discovering(w)
			cfg.ClientAuth = rs.ClientSecretByMetadata
			if got := outcome(newServer(t, cfg), "token"); got != c.want {
				t.Error(got)
			}
		})
	}
	w := publishes(oauthInserted, document(object{"token_endpoint_auth_methods_supported": []string{"client_secret_basic"}}))
	w.on(endpoint, func(rw http.ResponseWriter, r *http.Request) {
		if _, _, basic := r.BasicAuth(); !basic {
			t.Error("the token endpoint's list was not looked at")
		}
		good()(rw, r)
	})
	cfg := discovering(w)
	cfg.ClientAuth = rs.ClientSecretByMetadata
	outcome(newServer(t, cfg), "token")
	w = newWire().on(endpoint, good())
	cfg = config(w)
	cfg.ClientAuth = rs.ClientSecretByMetadata
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Errorf("without metadata: %q", got)
	}
}
