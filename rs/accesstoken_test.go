package rs_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

const audience = "https://rs.example"

// localConfig judges tokens with the keys of signer() and asks nobody: it has no client id and no secret.
func localConfig(w *wire) rs.Config {
	cfg := config(w.on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS()))))
	cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret = "", "", ""
	cfg.AccessTokenMode, cfg.AccessTokenAlg, cfg.JWKSEndpoint = rs.Local, "ES256", jwksURL
	cfg.TokenAudiences = []string{audience}
	return cfg
}

// bothConfig can ask too, and does when it last did so, or the token was issued, every ago.
func bothConfig(w *wire, every time.Duration) rs.Config {
	cfg := localConfig(w)
	cfg.AccessTokenMode, cfg.IntrospectEvery = rs.LocalThenIntrospect, every
	cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret = endpoint, clientID, secret
	return cfg
}

// accessClaims are those of a good JWT access token.
func accessClaims() object {
	return object{
		"iss": issuer, "aud": audience, "sub": "alice", "client_id": "docs", "jti": "1", "scope": "groups profile",
		"iat": epoch.Unix(), "exp": epoch.Add(time.Hour).Unix(),
	}
}

var accessHeader = object{"typ": "at+jwt"}

// accessToken is a good token with changes; nil removes.
func accessToken(t testing.TB, header, claims object) string {
	t.Helper()
	return sign(t, signer(), mergeHeader(accessHeader, header), mustJSON(with(accessClaims(), claims)))
}

// mergeHeader keeps nil, which takes a member out of what the signer adds itself.
func mergeHeader(base, changes object) object {
	all := object{}
	for _, m := range []object{base, changes} {
		maps.Copy(all, m)
	}
	return all
}

func at(d time.Duration) int64 { return epoch.Add(d).Unix() }

var accessTokens = []struct {
	name           string
	header, claims object
	adjust         func(*rs.Config)
	want           rs.Reason
}{
	{"good", nil, nil, nil, ""},
	{"typ with prefix", object{"typ": "application/at+jwt"}, nil, nil, ""},
	{"typ in capitals", object{"typ": "AT+JWT"}, nil, nil, ""},
	{"no typ", object{"typ": nil}, nil, nil, rs.ReasonTokenType},
	{"typ JWT", object{"typ": "JWT"}, nil, nil, rs.ReasonTokenType},
	{"typ with a suffix", object{"typ": "at+jwt2"}, nil, nil, rs.ReasonTokenType},
	{"typ jwt+at", object{"typ": "jwt+at"}, nil, nil, rs.ReasonTokenType},
	{"logout token", object{"typ": "logout+jwt"}, object{"events": object{"http://schemas.openid.net/event/backchannel-logout": object{}}}, nil, rs.ReasonTokenType},
	{"introspection response", object{"typ": "token-introspection+jwt"}, object{"token_introspection": claims(nil)}, nil, rs.ReasonTokenType},
	{"client assertion", object{"typ": "client-authentication+jwt"}, object{"iss": clientID, "sub": clientID}, nil, rs.ReasonTokenType},
	{"security event", object{"typ": "secevent+jwt"}, nil, nil, rs.ReasonTokenType},
	{"DPoP proof", object{"typ": "dpop+jwt"}, nil, nil, rs.ReasonTokenType},
	{"crit", object{"crit": []string{"exp"}}, nil, nil, rs.ReasonTokenFormat},

	{"iss of another", nil, object{"iss": "https://other.example"}, nil, rs.ReasonIssuer},
	{"iss with slash", nil, object{"iss": issuer + "/"}, nil, rs.ReasonIssuer},
	{"iss in capitals", nil, object{"iss": strings.ToUpper(issuer)}, nil, rs.ReasonIssuer},
	{"iss list", nil, object{"iss": []string{issuer}}, nil, rs.ReasonTokenClaims},
	{"iss empty", nil, object{"iss": ""}, nil, rs.ReasonTokenClaims},
	{"aud list", nil, object{"aud": []string{"x", audience}}, nil, ""},
	{"aud of another", nil, object{"aud": "https://other.example"}, nil, rs.ReasonTokenAudience},
	{"aud is the issuer", nil, object{"aud": issuer}, nil, rs.ReasonTokenAudience},
	{"aud as prefix", nil, object{"aud": audience + "/api"}, nil, rs.ReasonTokenAudience},
	{"aud joined by a space", nil, object{"aud": "x " + audience}, nil, rs.ReasonTokenAudience},
	{"aud joined by a comma", nil, object{"aud": []string{"x," + audience}}, nil, rs.ReasonTokenAudience},
	{"aud empty list", nil, object{"aud": []string{}}, nil, rs.ReasonTokenClaims},
	{"aud of empty strings", nil, object{"aud": []string{""}}, nil, rs.ReasonTokenAudience},
	{"aud nested", nil, object{"aud": []any{[]string{audience}}}, nil, rs.ReasonTokenClaims},
	{"aud object", nil, object{"aud": object{audience: true}}, nil, rs.ReasonTokenClaims},
	{"aud with a number", nil, object{"aud": []any{audience, 1}}, nil, rs.ReasonTokenClaims},
	{"second of our audiences", nil, object{"aud": "us"}, func(c *rs.Config) { c.TokenAudiences = []string{audience, "us"} }, ""},

	{"expired", nil, object{"exp": at(0)}, nil, rs.ReasonExpired},
	{"expired within the skew", nil, object{"exp": at(-time.Second)}, func(c *rs.Config) { c.ClockSkew = 2 * time.Second }, ""},
	{"exp string", nil, object{"exp": "9999999999"}, nil, rs.ReasonTokenClaims},
	{"exp null", nil, object{"exp": json.RawMessage("null")}, nil, rs.ReasonTokenClaims},
	{"exp negative", nil, object{"exp": -1}, nil, rs.ReasonExpired},
	{"exp zero", nil, object{"exp": 0}, nil, rs.ReasonExpired},
	{"exp huge", nil, object{"exp": json.RawMessage("1e300")}, nil, ""},
	{"exp beyond numbers", nil, object{"exp": json.RawMessage("1e999")}, nil, rs.ReasonTokenClaims},
	{"nbf", nil, object{"nbf": at(0)}, nil, ""},
	{"before nbf", nil, object{"nbf": at(time.Second)}, nil, rs.ReasonNotYetValid},
	{"nbf within the skew", nil, object{"nbf": at(time.Second)}, func(c *rs.Config) { c.ClockSkew = time.Second }, ""},
	{"nbf string", nil, object{"nbf": "0"}, nil, rs.ReasonTokenClaims},
	{"iat in the future", nil, object{"iat": at(time.Second)}, nil, rs.ReasonNotYetValid},
	{"iat in the future within the skew", nil, object{"iat": at(time.Second)}, func(c *rs.Config) { c.ClockSkew = time.Second }, ""},
	{"iat long ago", nil, object{"iat": 1}, nil, ""},
	{"iat with a fraction", nil, object{"iat": json.RawMessage("1795348799.5")}, nil, ""},
	{"iat string", nil, object{"iat": "0"}, nil, rs.ReasonTokenClaims},

	{"no iss", nil, object{"iss": nil}, nil, rs.ReasonTokenClaims},
	{"no aud", nil, object{"aud": nil}, nil, rs.ReasonTokenClaims},
	{"no exp", nil, object{"exp": nil}, nil, rs.ReasonTokenClaims},
	{"no sub", nil, object{"sub": nil}, nil, rs.ReasonTokenClaims},
	{"sub empty", nil, object{"sub": ""}, nil, rs.ReasonTokenClaims},
	{"no client_id", nil, object{"client_id": nil}, nil, rs.ReasonTokenClaims},
	{"azp is no client_id", nil, object{"client_id": nil, "azp": "docs"}, nil, rs.ReasonTokenClaims},
	{"no iat", nil, object{"iat": nil}, nil, rs.ReasonTokenClaims},
	{"no jti", nil, object{"jti": nil}, nil, rs.ReasonTokenClaims},
	{"jti number", nil, object{"jti": 1}, nil, rs.ReasonTokenClaims},
	{"jti null", nil, object{"jti": json.RawMessage("null")}, nil, rs.ReasonTokenClaims},

	{"no scope", nil, object{"scope": nil}, nil, rs.ReasonInsufficientScope},
	{"other scope", nil, object{"scope": "profile"}, nil, rs.ReasonInsufficientScope},
	{"scope list", nil, object{"scope": []string{"groups"}}, nil, rs.ReasonTokenClaims},
	{"scope list, lenient", nil, object{"scope": []string{"groups"}}, func(c *rs.Config) { c.LenientScopeArray = true }, ""},
	{"scp is no scope", nil, object{"scope": nil, "scp": "groups"}, nil, rs.ReasonInsufficientScope},
	{"scp list is no scope", nil, object{"scope": nil, "scp": []string{"groups"}}, nil, rs.ReasonInsufficientScope},
	{"DPoP-bound", nil, object{"cnf": object{"jkt": "x"}}, nil, rs.ReasonSenderConstrained},
	{"mTLS-bound", nil, object{"cnf": object{"x5t#S256": "x"}}, nil, rs.ReasonSenderConstrained},
	{"cnf of a wrong type", nil, object{"cnf": "x"}, nil, rs.ReasonTokenClaims},
	{"token_type DPoP", nil, object{"token_type": "DPoP"}, nil, rs.ReasonSenderConstrained},
	{"token_type refresh_token", nil, object{"token_type": "refresh_token"}, nil, rs.ReasonTokenType},
	{"token_type bearer", nil, object{"token_type": "bearer"}, nil, ""},
	{"token_type required", nil, nil, func(c *rs.Config) { c.TokenType = rs.TokenTypeRequired }, ""},
	{"token_use id", nil, object{"token_use": "id"}, nil, rs.ReasonTokenType},
	{"active false means nothing here", nil, object{"active": false}, nil, ""},
	{"client not allowed", nil, nil, func(c *rs.Config) { c.AllowedAudiences = []string{"visio"} }, rs.ReasonAudienceNotAllowed},
	{"audience claim of one's own", nil, object{"tenant": "a"}, func(c *rs.Config) { c.AudienceClaim = "tenant" }, ""},
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	for _, c := range accessTokens {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			jws := accessToken(t, c.header, c.claims)
			for form, token := range map[string]string{"signed": jws, "encrypted": encrypt(t, nil, jws)} {
				w := newWire()
				cfg := localConfig(w)
				cfg.Decrypter = ecdh()
				if c.adjust != nil {
					c.adjust(&cfg)
				}
				s := newServer(t, cfg)
				for i := range 2 { // the second from the cache, judged again
					if got := outcome(s, token); got != c.want {
						t.Errorf("%s, request %d: got %q, want %q", form, i, got, c.want)
					}
				}
				if w.count(endpoint) != 0 {
					t.Error("the authorization server was asked")
				}
				needsKeys := c.want == "" || c.want == rs.ReasonInsufficientScope || c.want == rs.ReasonAudienceNotAllowed
				if fetched := w.count(jwksURL) != 0; fetched != needsKeys {
					t.Errorf("%s: keys fetched: %v, want %v", form, fetched, needsKeys)
				}
			}
		})
	}
}

func TestLocalPrincipal(t *testing.T) {
	t.Parallel()
	s := newServer(t, localConfig(newWire()))
	token := accessToken(t, nil, object{"active": "no", "ext": object{"a": 1}, "nbf": at(0), "roles": []string{"x"}})
	for _, from := range []string{"verified", "from the cache"} {
		p, err := s.Authenticate(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if p.Issuer != issuer || p.Subject != "alice" || p.ClientID != "docs" || p.Audience != "docs" || !p.HasTokenAudience(audience) ||
			!slices.Equal(p.Scopes, []string{"groups", "profile"}) || !p.Expiry.Equal(epoch.Add(time.Hour)) {
			t.Errorf("%s: %+v", from, p)
		}
		var got map[string]any
		if err := p.Claims(&got); err != nil {
			t.Fatal(err)
		}
		if got["active"] != true || got["jti"] != "1" || got["ext"].(object)["a"] != 1.0 || got["token_type"] != "Bearer" {
			t.Errorf("%s: %v", from, got)
		}
	}
}

// TestAVerificationIsReported with what it found.
func TestAVerificationIsReported(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]rs.Reason{
		accessToken(t, nil, nil): "", sign(t, attacker(), accessHeader, mustJSON(accessClaims())): rs.ReasonTokenKey,
	} {
		seen := &recorder{}
		cfg := localConfig(newWire())
		cfg.Observer = seen
		outcome(newServer(t, cfg), token)
		if events := seen.of(rs.OpVerify); len(events) != 1 || reason(events[0].Err) != want {
			t.Errorf("reported as %v, want %q", events, want)
		}
	}
}

// TestAccessTokenAlgorithms: the one configured, with keys of its kind, and no other.
func TestAccessTokenAlgorithms(t *testing.T) {
	t.Parallel()
	signers := map[string]*keys.Signer{"": newSigner("RS256"), "EdDSA": newSigner("EdDSA"), "ES384": newSigner("ES384")}
	for alg, s := range signers {
		cfg := localConfig(newWire())
		cfg.HTTPClient.Transport.(*wire).on(jwksURL, answers(200, "application/json", string(s.PublicJWKS())))
		cfg.AccessTokenAlg = alg
		server := newServer(t, cfg)
		for other, o := range signers {
			want := rs.ReasonTokenSignature
			if other == alg {
				want = ""
			}
			if got := outcome(server, sign(t, o, accessHeader, mustJSON(accessClaims()))); got != want {
				t.Errorf("%q with %q: got %q, want %q", alg, other, got, want)
			}
		}
	}
}

// TestHeadersOfEncryptedTokens: nothing signs what a JWE header repeats of the claims, so it can only refuse.
func TestHeadersOfEncryptedTokens(t *testing.T) {
	t.Parallel()
	jws := accessToken(t, nil, nil)
	for _, c := range []struct {
		name   string
		header object
		want   rs.Reason
	}{
		{"nothing", nil, ""},
		{"iss", object{"iss": issuer}, ""},
		{"another iss", object{"iss": issuer + "/"}, rs.ReasonIssuer},
		{"empty iss", object{"iss": ""}, rs.ReasonIssuer},
		{"aud", object{"aud": audience}, ""},
		{"aud list", object{"aud": []string{"x", audience}}, ""},
		{"another aud", object{"aud": "x"}, rs.ReasonTokenAudience},
		{"empty aud list", object{"aud": []string{}}, rs.ReasonTokenAudience},
		{"zip", object{"zip": "DEF"}, rs.ReasonTokenFormat},
		{"crit", object{"crit": []string{"exp"}}, rs.ReasonTokenFormat},
	} {
		for name, decrypter := range map[string]rs.Decrypter{"keys.Set": ecdh(), "one that checks nothing": eager(jws)} {
			cfg := localConfig(newWire())
			cfg.Decrypter = decrypter
			if got := outcome(newServer(t, cfg), encrypt(t, c.header, jws)); got != c.want {
				t.Errorf("%s, %s: got %q, want %q", c.name, name, got, c.want)
			}
		}
	}
}

// TestATokenToAnotherKey is the token's fault, and not that of our keys.
func TestATokenToAnotherKey(t *testing.T) {
	t.Parallel()
	cfg := localConfig(newWire())
	cfg.Decrypter = ecdh()
	if got := outcome(newServer(t, cfg), encrypt(t, object{"kid": "another"}, accessToken(t, nil, nil))); got != rs.ReasonTokenEncryption {
		t.Errorf("got %q", got)
	}
}

// TestOtherAlgorithmsFetchNoKeys: what can be refused without a key costs nothing.
func TestOtherAlgorithmsFetchNoKeys(t *testing.T) {
	t.Parallel()
	w := newWire()
	s := newServer(t, localConfig(w))
	for _, alg := range []string{"none", "HS256", "ES384", "RS256", "es256"} {
		if got := outcome(s, accessToken(t, object{"alg": alg}, nil)); got != rs.ReasonTokenSignature {
			t.Errorf("%s: got %q", alg, got)
		}
	}
	if n := w.count(jwksURL); n != 0 {
		t.Errorf("%d fetches", n)
	}
}
