package rs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

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
		{"signatures that nobody wants", document(object{algs: []string{"RS256", "PS256"}}), ""},
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

// TestEndpointForCertificates: the alias is for those who have one (RFC 8705 section 5), and nobody else's secret is sent there.
func TestEndpointForCertificates(t *testing.T) {
	t.Parallel()
	const alias = issuer + "/mtls"
	for _, c := range []struct {
		name    string
		auth    rs.ClientAuth
		aliases object
		want    string
	}{
		{"certificate, alias", rs.TLSClientAuth, object{"introspection_endpoint": alias}, alias},
		{"own certificate, alias", rs.SelfSignedTLSClientAuth, object{"introspection_endpoint": alias}, alias},
		{"certificate, alias of something else", rs.TLSClientAuth, object{"token_endpoint": alias}, endpoint},
		{"certificate, no alias", rs.TLSClientAuth, nil, endpoint},
		{"secret, alias", rs.ClientSecretBasic, object{"introspection_endpoint": alias}, endpoint},
		{"bearer token, alias", rs.ClientBearerToken, object{"introspection_endpoint": alias}, endpoint},
	} {
		w := publishes(oauthInserted, document(object{"mtls_endpoint_aliases": c.aliases})).on(alias, good())
		cfg := discovering(w)
		cfg.ClientAuth, cfg.ClientSecret = c.auth, "x"
		if got := outcome(newServer(t, cfg), "token"); got != "" || w.count(c.want) != 1 || w.count(endpoint)+w.count(alias) != 1 {
			t.Errorf("%s: got %q after %d calls of the endpoint and %d of its alias", c.name, got, w.count(endpoint), w.count(alias))
		}
	}
}
