package rs_test

import (
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// jwtOf is a good JWT access token of an issuer.
func jwtOf(t testing.TB, s *keys.Signer, iss string, changes object) string {
	t.Helper()
	return sign(t, s, accessHeader, mustJSON(mergeHeader(mergeHeader(accessClaims(), object{"iss": iss}), changes)))
}

func TestJWTsOfSeveralIssuers(t *testing.T) {
	t.Parallel()
	betaKey := newSigner("ES256")
	w := newWire().
		on(alpha+"/jwks", answers(200, "application/json", string(signer().PublicJWKS()))).
		on(beta+"/jwks", answers(200, "application/json", string(betaKey.PublicJWKS())))
	local := func(issuer string) rs.Config {
		cfg := localConfig(w)
		cfg.Issuer, cfg.JWKSEndpoint = issuer, issuer+"/jwks"
		return cfg
	}
	gamma := of(w, "https://as.example/gamma")
	token := jwtOf(t, signer(), "https://as.example/gamma", nil)
	nobodys := sign(t, signer(), accessHeader, mustJSON(object{"sub": "x"}))
	w.on("https://as.example/gamma/introspection", says(t, "https://as.example/gamma", "g", token, "opaque", nobodys))
	first, second := local(alpha), local(beta)
	first.Decrypter, first.LenientBase64Token = ecdh(), true
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{first, second, gamma}})
	for _, c := range []struct{ name, token, want string }{
		{"of the first", jwtOf(t, signer(), alpha, nil), "alpha alice"},
		{"of the second", jwtOf(t, betaKey, beta, nil), "beta alice"},
		{"of the third, which introspects", token, "gamma g"},
		{"opaque, of the third", "opaque", "gamma g"},
		{"of the first, by the second's key", jwtOf(t, betaKey, alpha, nil), "token_key"},
		{"of the second, by the first's key", jwtOf(t, signer(), beta, nil), "token_key"},
		{"of the second, by the first's key, with the second's kid", sign(t, signer(), with(accessHeader, object{"kid": betaKey.KeyID()}), mustJSON(with(accessClaims(), object{"iss": beta}))), "token_signature"},
		{"of nobody that we know", jwtOf(t, signer(), "https://other.example", nil), "issuer"},
		{"issuer with a slash", jwtOf(t, signer(), alpha+"/", nil), "issuer"},
		{"two issuers", sign(t, signer(), accessHeader, `{"iss":"`+alpha+`","iss":"`+beta+`"}`), "token_format"},
		{"a list of issuers", sign(t, signer(), accessHeader, `{"iss":["`+alpha+`"]}`), "token_format"},
		{"no JSON", sign(t, signer(), accessHeader, `x`), "token_format"},
		{"no issuer: by the one that introspects", nobodys, "gamma g"},
		{"encrypted, with iss", encrypt(t, object{"iss": alpha}, jwtOf(t, signer(), alpha, nil)), "alpha alice"},
		{"encrypted, without iss", encrypt(t, nil, jwtOf(t, signer(), alpha, nil)), "alpha alice"},
		{"encrypted, with the iss of another", encrypt(t, object{"iss": beta}, jwtOf(t, signer(), alpha, nil)), "token_encryption"},
		{"encrypted, malformed", encrypt(t, nil, "x") + "=", "token_format"},
		{"not of the characters of a token", encrypt(t, nil, "x") + "!", "malformed_authorization"},
		{"in base64", std64(jwtOf(t, signer(), alpha, nil)), "alpha alice"},
		{"in base64, for one that does not unwrap", std64(jwtOf(t, betaKey, beta, nil)), "token_format"},
		{"too long", strings.Repeat("a", 9000), "token_too_long"},
		{"unknown", "unknown", "inactive"},
	} {
		before := w.count("https://as.example/gamma/introspection")
		if got := who(all, c.token); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if asked := w.count("https://as.example/gamma/introspection") != before; asked && strings.HasPrefix(c.want, "token_") {
			t.Errorf("%s: shown to another issuer", c.name)
		}
	}
}
