package rs_test

import (
	"crypto/x509"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestAStrictServerTakesNothingFromALaxOne: they share a cache and all settings but one, which loosens a check. What only the lax
// one believes is remembered, and refused by the strict one as if it had been asked first. (That settings for routes, such as
// scopes and audiences, are judged anew: TestFactsOfASharedCacheAreReadByEachServersOwnRules.)
func TestAStrictServerTakesNothingFromALaxOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer object                             // changes of the signed answer; nil: the answer is plain JSON
		header object                             // changes of its header
		strict func(*testing.T, *rs.Config)       // beyond the form of the answer
		token  func(*testing.T) string            // nil: an opaque one
		lax    func(t *testing.T, cfg *rs.Config) // the one setting
		want   rs.Reason
	}{
		"Format": {
			strict: func(_ *testing.T, c *rs.Config) { c.Format, c.JWKSEndpoint = rs.JWTSigned, jwksURL },
			lax:    func(_ *testing.T, c *rs.Config) { c.Format = rs.JSON },
			want:   rs.ReasonContentType,
		},
		"LenientResponseType": {
			answer: object{}, header: object{"typ": nil},
			lax:  func(_ *testing.T, c *rs.Config) { c.LenientResponseType = true },
			want: rs.ReasonResponseType,
		},
		"SigningAlg": {
			answer: object{},
			strict: func(_ *testing.T, c *rs.Config) { c.SigningAlg = "PS256" },
			lax:    func(_ *testing.T, c *rs.Config) { c.SigningAlg = "ES256" },
			want:   rs.ReasonKeysUnavailable,
		},
		"ResponseAudiences": {
			answer: object{"aud": "https://another.example"},
			lax:    func(_ *testing.T, c *rs.Config) { c.ResponseAudiences = []string{clientID, "https://another.example"} },
			want:   rs.ReasonResponseAudience,
		},
		"ResponseMaxAge": {
			answer: object{"iat": at(-time.Hour)},
			lax:    func(_ *testing.T, c *rs.Config) { c.ResponseMaxAge = 2 * time.Hour },
			want:   rs.ReasonResponseTime,
		},
		"ClockSkew": {
			answer: object{"iat": at(time.Second)},
			lax:    func(_ *testing.T, c *rs.Config) { c.ClockSkew = time.Second },
			want:   rs.ReasonResponseTime,
		},
		"JWKSEndpoint": {
			answer: object{},
			strict: func(_ *testing.T, c *rs.Config) { c.JWKSEndpoint = issuer + "/other-keys" },
			lax:    func(_ *testing.T, c *rs.Config) { c.JWKSEndpoint = jwksURL },
			want:   rs.ReasonResponseKey,
		},
		"LenientScopeArray": {
			answer: object{"token_introspection": claims(object{"scope": []string{"groups"}})},
			lax:    func(_ *testing.T, c *rs.Config) { c.LenientScopeArray = true },
			want:   rs.ReasonBody,
		},
		"TokenType": {
			answer: object{"token_introspection": claims(object{"token_type": nil})},
			lax:    func(_ *testing.T, c *rs.Config) { c.TokenType = rs.TokenTypeOptional },
			want:   rs.ReasonTokenTypeMissing,
		},
		"RootCAs": {
			strict: func(t *testing.T, c *rs.Config) { c.IntrospectionEndpoint, c.HTTPClient = untrusted(t).URL, nil },
			lax: func(t *testing.T, c *rs.Config) {
				c.RootCAs = x509.NewCertPool()
				c.RootCAs.AddCert(untrusted(t).Certificate())
			},
			want: rs.ReasonTransport,
		},
		"InsecureSkipVerify": {
			strict: func(t *testing.T, c *rs.Config) { c.IntrospectionEndpoint, c.HTTPClient = untrusted(t).URL, nil },
			lax:    func(_ *testing.T, c *rs.Config) { c.InsecureSkipVerify = true },
			want:   rs.ReasonTransport,
		},
		"InsecureAllowHTTP": { // of what the metadata says: what is configured would be refused when it is
			strict: func(_ *testing.T, c *rs.Config) { c.IntrospectionEndpoint = "" },
			lax:    func(_ *testing.T, c *rs.Config) { c.InsecureAllowHTTP = true },
			want:   rs.ReasonMetadataMismatch,
		},
		"AccessTokenMode": {
			token:  func(t *testing.T) string { return accessToken(t, object{"typ": "JWT"}, nil) },
			strict: func(_ *testing.T, c *rs.Config) { judgingLocally(c) },
			lax:    func(_ *testing.T, c *rs.Config) { c.AccessTokenMode = rs.Introspect },
			want:   rs.ReasonTokenType,
		},
		"AccessTokenAlg": {
			token: func(t *testing.T) string { return accessToken(t, nil, nil) },
			strict: func(_ *testing.T, c *rs.Config) {
				judgingLocally(c)
				c.AccessTokenAlg = "PS256"
			},
			lax:  func(_ *testing.T, c *rs.Config) { c.AccessTokenAlg = "ES256" },
			want: rs.ReasonTokenSignature,
		},
		"LenientKeycloak": {
			token:  func(t *testing.T) string { return accessToken(t, object{"typ": "JWT"}, object{"typ": "Bearer"}) },
			strict: func(_ *testing.T, c *rs.Config) { judgingLocally(c) },
			lax:    func(_ *testing.T, c *rs.Config) { c.LenientKeycloak = true },
			want:   rs.ReasonTokenType,
		},
		"LenientEntra": {
			token:  func(t *testing.T) string { return accessToken(t, object{"typ": "JWT"}, object{"azp": "docs"}) },
			strict: func(_ *testing.T, c *rs.Config) { judgingLocally(c) },
			lax:    func(_ *testing.T, c *rs.Config) { c.LenientEntra = true },
			want:   rs.ReasonTokenType,
		},
		"TokenAudiences": { // the answer narrows for whom the token is; what is remembered has the token's own list
			answer: object{"token_introspection": claims(object{"aud": "https://another.example"})},
			token: func(t *testing.T) string {
				return accessToken(t, nil, object{"iat": at(-time.Hour), "aud": []string{audience, "https://another.example"}})
			},
			strict: func(_ *testing.T, c *rs.Config) { judgingLocally(c) },
			lax:    func(_ *testing.T, c *rs.Config) { c.TokenAudiences = []string{audience, "https://another.example"} },
			want:   rs.ReasonTokenAudience,
		},
		"Decrypter": { // without one, a JWE is opaque, and nobody looks at the typ inside
			token: func(t *testing.T) string {
				return encrypt(t, nil, accessToken(t, object{"typ": "JWT"}, nil))
			},
			strict: func(_ *testing.T, c *rs.Config) {
				judgingLocally(c)
				c.Decrypter = ecdh()
			},
			lax:  func(_ *testing.T, c *rs.Config) { c.Decrypter = nil },
			want: rs.ReasonTokenType,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS()))).
				on(issuer+"/other-keys", answers(200, "application/json", string(newSigner("ES256").PublicJWKS()))).
				on(issuer+"/.well-known/openid-configuration", jsonAnswer(mustJSON(object{"issuer": issuer, "introspection_endpoint": "http://as.example/api/v2/introspection"}))).
				on("https://as.example/.well-known/oauth-authorization-server/api/v2", answers(404, "", "")).
				on(endpoint, jsonAnswer(mustJSON(claims(object{"aud": audience}))))
			strict := config(w)
			if c.answer != nil {
				w.on(endpoint, answers(200, responseType, sign(t, signer(), mergeHeader(goodHeader, c.header), mustJSON(with(goodEnvelope(), c.answer)))))
				strict.Format, strict.JWKSEndpoint = rs.JWTSigned, jwksURL
			}
			if c.strict != nil {
				c.strict(t, &strict)
			}
			token := "token"
			if c.token != nil {
				token = c.token(t)
			}
			if got := outcome(newServer(t, strict), token); got != c.want {
				t.Fatalf("the strict one alone: got %q, want %q", got, c.want)
			}
			strict.Cache = &throughJSON{memory{facts: map[rs.CacheKey]*rs.Introspection{}}}
			lax := strict
			c.lax(t, &lax)
			if got := outcome(newServer(t, lax), token); got != "" {
				t.Fatalf("the lax one: got %q", got)
			}
			if got := outcome(newServer(t, strict), token); got != c.want {
				t.Errorf("after the lax one: got %q, want %q", got, c.want)
			}
		})
	}
}

// judgingLocally makes cfg verify JWTs with the keys of signer() and confirm them with the authorization server.
func judgingLocally(cfg *rs.Config) {
	cfg.AccessTokenMode, cfg.AccessTokenAlg, cfg.JWKSEndpoint, cfg.TokenAudiences = rs.LocalThenIntrospect, "ES256", jwksURL, []string{audience}
}

// untrusted is an authorization server whose certificate no authority of the system signed; the certificate of each is the same.
func untrusted(t *testing.T) *httptest.Server {
	t.Helper()
	as := httptest.NewTLSServer(good())
	t.Cleanup(as.Close)
	return as
}
