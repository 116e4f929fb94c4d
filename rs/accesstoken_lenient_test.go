package rs_test

import (
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// lenientCase is a token of a server that does not send at+jwt.
type lenientCase struct {
	name           string
	header, claims object
	want           rs.Reason // in the lenient mode
}

// check judges the token with and without the mode. Such tokens have no client_id, if the case does not say so.
func (c lenientCase) check(t *testing.T, lenient func(*rs.Config)) {
	t.Helper()
	cfg := localConfig(newWire())
	token := accessToken(t, c.header, mergeHeader(object{"client_id": nil}, c.claims))
	if got := outcome(newServer(t, cfg), token); got == "" {
		t.Error("accepted although not lenient")
	}
	lenient(&cfg)
	if got := outcome(newServer(t, cfg), token); got != c.want {
		t.Errorf("got %q, want %q", got, c.want)
	}
}

func TestLenientKeycloak(t *testing.T) {
	t.Parallel()
	keycloak := object{"azp": "docs", "typ": "Bearer", "nonce": "n", "sid": "s", "acr": "1"}
	for _, c := range []lenientCase{
		{"access token", object{"typ": "JWT"}, keycloak, ""},
		{"at+jwt", nil, keycloak, ""},
		{"with client_id", object{"typ": "JWT"}, with(keycloak, object{"client_id": "docs"}), ""},
		{"ID token", object{"typ": "JWT"}, with(keycloak, object{"typ": "ID"}), rs.ReasonTokenType},
		{"refresh token", object{"typ": "JWT"}, with(keycloak, object{"typ": "Refresh"}), rs.ReasonTokenType},
		{"logout token", object{"typ": "JWT"}, with(keycloak, object{"typ": "Logout"}), rs.ReasonTokenType},
		{"claim typ in other letters", object{"typ": "JWT"}, with(keycloak, object{"typ": "bearer"}), rs.ReasonTokenType},
		{"claim typ missing", object{"typ": "JWT"}, with(keycloak, object{"typ": nil}), rs.ReasonTokenType},
		{"claim typ list", object{"typ": "JWT"}, with(keycloak, object{"typ": []string{"Bearer"}}), rs.ReasonTokenType},
		{"events", object{"typ": "JWT"}, with(keycloak, object{"events": object{}}), rs.ReasonTokenType},
		{"at_hash", object{"typ": "JWT"}, with(keycloak, object{"at_hash": "x"}), rs.ReasonTokenType},
		{"introspection response", object{"typ": "token-introspection+jwt"}, keycloak, rs.ReasonTokenType},
		{"no typ", object{"typ": nil}, keycloak, rs.ReasonTokenType},
		{"azp empty", object{"typ": "JWT"}, with(keycloak, object{"azp": ""}), rs.ReasonTokenClaims},
		{"azp number", object{"typ": "JWT"}, with(keycloak, object{"azp": 1}), rs.ReasonTokenClaims},
		{"client_id empty", object{"typ": "JWT"}, with(keycloak, object{"client_id": ""}), rs.ReasonTokenClaims},
		{"appid is Entra's", object{"typ": "JWT"}, with(keycloak, object{"azp": nil, "appid": "docs"}), rs.ReasonTokenClaims},
		{"not for us", object{"typ": "JWT"}, with(keycloak, object{"aud": "account"}), rs.ReasonTokenAudience},
		{"Entra's access token", object{"typ": "JWT"}, with(keycloak, object{"typ": nil, "nonce": nil, "scp": "groups"}), rs.ReasonTokenType},
		{"claim typ of a wrong type", object{"typ": "JWT"}, with(keycloak, object{"typ": []string{"Bearer"}}), rs.ReasonTokenType},
		{"no jti", object{"typ": "JWT"}, with(keycloak, object{"jti": ""}), rs.ReasonTokenClaims},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, func(cfg *rs.Config) { cfg.LenientKeycloak = true })
		})
	}
}

func TestLenientEntra(t *testing.T) {
	t.Parallel()
	entra := object{"azp": "docs", "scope": nil, "scp": "groups profile", "jti": nil, "uti": "x", "ver": "2.0", "oid": "o"}
	entra2 := func(changes object) object { return mergeHeader(entra, changes) }
	jwt := object{"typ": "JWT"}
	for _, c := range []lenientCase{
		{"access token", jwt, entra, ""},
		{"version 1", jwt, entra2(object{"azp": nil, "appid": "docs"}), ""},
		{"scp list", jwt, entra2(object{"scp": []string{"x", "groups"}}), ""},
		{"scp with another scope", jwt, entra2(object{"scp": "profile"}), rs.ReasonInsufficientScope},
		{"scp list with a joined scope", jwt, entra2(object{"scp": []string{"x groups"}}), rs.ReasonTokenClaims},
		{"scp number", jwt, entra2(object{"scp": 1}), rs.ReasonTokenClaims},
		{"scope beside scp wins", jwt, entra2(object{"scope": "profile"}), rs.ReasonInsufficientScope},
		{"app-only", jwt, entra2(object{"scp": nil, "roles": []string{"groups"}}), rs.ReasonInsufficientScope},
		{"ID token", jwt, entra2(object{"azp": nil, "nonce": "n"}), rs.ReasonTokenClaims},
		{"ID token with azp", jwt, entra2(object{"nonce": "n"}), rs.ReasonTokenType},
		{"c_hash", jwt, entra2(object{"c_hash": "x"}), rs.ReasonTokenType},
		{"at_hash", jwt, entra2(object{"at_hash": "x"}), rs.ReasonTokenType},
		{"logout token", jwt, entra2(object{"events": object{}}), rs.ReasonTokenType},
		{"introspection response", jwt, entra2(object{"token_introspection": object{}}), rs.ReasonTokenType},
		{"Keycloak's ID token", jwt, entra2(object{"typ": "ID"}), rs.ReasonTokenType},
		{"Keycloak's access token", jwt, entra2(object{"typ": "Bearer"}), rs.ReasonTokenType},
		{"neither azp nor appid", jwt, entra2(object{"azp": nil, "client_id": "docs"}), rs.ReasonTokenType},
		{"azp of a wrong type", jwt, entra2(object{"azp": 1, "client_id": "docs"}), rs.ReasonTokenType},
		{"no typ", object{"typ": nil}, entra, rs.ReasonTokenType},
		{"not for us", jwt, entra2(object{"aud": "00000003-0000-0000-c000-000000000000"}), rs.ReasonTokenAudience},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, func(cfg *rs.Config) { cfg.LenientEntra = true })
		})
	}
}
