package rs_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

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

func TestMetadataThatIsRefused(t *testing.T) {
	t.Parallel()
	const methods, algs = "introspection_endpoint_auth_methods_supported", "introspection_signing_alg_values_supported"
	for _, c := range []struct {
		name string
		body string
		want rs.Reason
	}{
		{"good", document(nil), ""},
		{"lists that have ours", document(object{methods: []string{"private_key_jwt", "client_secret_basic"}, algs: []string{"RS256"}}), ""},
		{"null lists", `{"issuer":"` + issuer + `","introspection_endpoint":"` + endpoint + `","` + methods + `":null}`, ""},
		{"loopback endpoint", document(object{"introspection_endpoint": "http://127.0.0.1/api/v2/introspection"}), ""},

		{"another issuer", document(object{"issuer": "https://evil.example"}), rs.ReasonMetadataIssuer},
		{"a slash more", document(object{"issuer": issuer + "/"}), rs.ReasonMetadataIssuer},
		{"other letters", document(object{"issuer": strings.ToUpper(issuer)}), rs.ReasonMetadataIssuer},
		{"no issuer", document(object{"issuer": nil}), rs.ReasonMetadataUnavailable},
		{"a list of issuers", document(object{"issuer": []string{issuer}}), rs.ReasonMetadataUnavailable},
		{"two issuers", `{"issuer":"` + issuer + `",` + document(object{"issuer": "https://evil.example"})[1:], rs.ReasonMetadataUnavailable},
		{"an issuer in other letters", strings.Replace(document(nil), `"issuer"`, `"Issuer"`, 1), rs.ReasonMetadataUnavailable},
		{"more behind it", document(nil) + "{}", rs.ReasonMetadataUnavailable},
		{"html", "<html>", rs.ReasonMetadataUnavailable},
		{"null", "null", rs.ReasonMetadataUnavailable},
		{"aliases that are no object", document(object{"mtls_endpoint_aliases": "x"}), rs.ReasonMetadataUnavailable},
		{"an alias that is no string", document(object{"mtls_endpoint_aliases": object{"introspection_endpoint": 1}}), rs.ReasonMetadataUnavailable},
		{"huge", document(object{"x": strings.Repeat("x", 2<<20)}), rs.ReasonMetadataUnavailable},

		{"no introspection", document(object{"introspection_endpoint": nil}), rs.ReasonMetadataMismatch},
		{"http", document(object{"introspection_endpoint": "http://as.example/i"}), rs.ReasonMetadataMismatch},
		{"relative", document(object{"introspection_endpoint": "/i"}), rs.ReasonMetadataMismatch},
		{"credentials in it", document(object{"introspection_endpoint": "https://a:b@as.example/i"}), rs.ReasonMetadataMismatch},
		{"fragment", document(object{"introspection_endpoint": endpoint + "#x"}), rs.ReasonMetadataMismatch},
		{"another method", document(object{methods: []string{"private_key_jwt", "client_secret_post"}}), rs.ReasonMetadataMismatch},
		{"no method", document(object{methods: []string{}}), rs.ReasonMetadataMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := publishes(oidcAppended, c.body)
			s := newServer(t, discovering(w))
			err := s.Discover(t.Context())
			if c.want == "" {
				if got := outcome(s, "token"); err != nil || got != "" {
					t.Errorf("got %v, %q", err, got)
				}
				return
			}
			kind := rs.ErrUnavailable
			if c.want == rs.ReasonMetadataMismatch {
				kind = rs.ErrInternal
			}
			refusal(t, err, kind, c.want)
			if strings.Contains(err.Error(), "evil") {
				t.Errorf("quotes what was sent: %v", err)
			}
			_, err = s.Authenticate(t.Context(), "token")
			refusal(t, err, kind, c.want)
			refusal(t, s.Ready(), kind, c.want)
			if w.count(endpoint) != 0 {
				t.Error("it was asked all the same")
			}
		})
	}
}

func TestSignedMetadataMismatches(t *testing.T) {
	t.Parallel()
	const algs = "introspection_signing_alg_values_supported"
	for _, c := range []struct {
		name, alg string
		changes   object
		want      rs.Reason
	}{
		{"no keys", "", object{"jwks_uri": nil}, rs.ReasonMetadataMismatch},
		{"http keys", "", object{"jwks_uri": "http://as.example/jwks"}, rs.ReasonMetadataMismatch},
		{"listed", "ES256", object{algs: []string{"RS256", "ES256"}}, ""},
		{"default, listed", "", object{algs: []string{"RS256", "ES256"}}, ""},
		{"default, the only one", "", object{algs: []string{"ES256"}}, ""},
		{"default, not listed", "", object{algs: []string{"RS256", "PS256"}}, rs.ReasonMetadataMismatch},
		{"not listed", "ES256", object{algs: []string{"RS256"}}, rs.ReasonMetadataMismatch},
		{"the only one, without a key", "", object{algs: []string{"RS256"}}, rs.ReasonKeysUnavailable},
		{"the only one, and none of ours", "", object{algs: []string{"none"}}, rs.ReasonMetadataMismatch},
		{"the only one, and symmetric", "", object{algs: []string{"HS256"}}, rs.ReasonMetadataMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := publishes(oauthInserted, document(c.changes)).on(jwksURL, jsonAnswer(string(signer().PublicJWKS())))
			cfg := discovering(w)
			cfg.Format, cfg.SigningAlg = rs.JWTSigned, c.alg
			err := newServer(t, cfg).Discover(t.Context())
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && rs.AsError(err).Reason != c.want:
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// The one algorithm that an authorization server lists is the one that its answers must have.
func TestTheOnlyAlgorithm(t *testing.T) {
	t.Parallel()
	rsa := newSigner("PS256")
	w := publishes(oauthInserted, document(object{"introspection_signing_alg_values_supported": []string{"PS256"}})).
		on(jwksURL, jsonAnswer(string(both(rsa, signer()))))
	cfg := discovering(w)
	cfg.Format, cfg.CircuitOpen = rs.JWTSigned, -1
	s := newServer(t, cfg)
	w.on(endpoint, answers(200, responseType, sign(t, rsa, goodHeader, mustJSON(goodEnvelope()))))
	if got := outcome(s, "a"); got != "" {
		t.Error(got)
	}
	w.on(endpoint, answers(200, responseType, sign(t, signer(), goodHeader, mustJSON(goodEnvelope()))))
	if got := outcome(s, "b"); got != rs.ReasonResponseSignature {
		t.Errorf("got %q", got)
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

// Whatever a document says: what is accepted is ours, and it is read in one way only.
func FuzzMetadata(f *testing.F) {
	f.Add(document(nil))
	f.Add(document(object{"mtls_endpoint_aliases": object{"introspection_endpoint": endpoint}}))
	f.Add(`{"issuer":"` + issuer + `","issuer":"x"}`)
	f.Add(`{"issuer":"` + issuer + `","introspection_endpoint":"https://x/\u0000"}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, body string) {
		s := newServer(t, discovering(publishes(oidcAppended, body)))
		if err := s.Discover(t.Context()); err != nil {
			_ = rs.AsError(err).Reason
			return
		}
		var doc map[string]any
		if err := json.Unmarshal([]byte(body), &doc); err != nil || doc["issuer"] != issuer {
			t.Errorf("accepted: %v, %q", err, body)
		}
		if e, ok := doc["introspection_endpoint"].(string); !ok || !strings.HasPrefix(e, "http") {
			t.Errorf("accepted the endpoint %v", doc["introspection_endpoint"])
		}
	})
}

// TestMetadataOfAnErrorPage: what comes with another status than 200 is no metadata, whatever it looks like.
func TestMetadataOfAnErrorPage(t *testing.T) {
	t.Parallel()
	for _, status := range []int{201, 206, 404, 500} {
		w := newWire().on(endpoint, good())
		for _, place := range places {
			w.on(place, answers(status, "application/json", document(nil)))
		}
		cfg := config(w)
		cfg.IntrospectionEndpoint = ""
		if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonMetadataUnavailable {
			t.Errorf("%d: got %q, want %q", status, got, rs.ReasonMetadataUnavailable)
		}
	}
}
