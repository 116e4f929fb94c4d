package main_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

const whoami, teams = "/api/whoami", "/api/teams"

// verdicts are tokens that the authorization server really has, and what our service says to each.
var verdicts = []struct {
	name string
	wish authserver.Wish
	path string
	want answer
}{
	{"good", authserver.Wish{Subject: "alice", Scope: "openid groups"}, whoami, accepted("alice")},
	{"good for the route too", authserver.Wish{Subject: "alice", Scope: "groups teams"}, teams, accepted("alice")},
	{"client credentials: no subject", authserver.Wish{Kind: "client_credentials", Scope: "groups"}, whoami, accepted("")},
	{"some audience, none required", authserver.Wish{Subject: "alice", Scope: "groups", Audience: "urn:other"}, whoami, accepted("alice")},
	{"other scope", authserver.Wish{Subject: "alice", Scope: "openid"}, whoami, insufficientScope},
	{"scope in other letters", authserver.Wish{Subject: "alice", Scope: "Groups"}, whoami, insufficientScope},
	{"no scope", authserver.Wish{Subject: "alice"}, whoami, insufficientScope},
	{"not the scope of the route", authserver.Wish{Subject: "alice", Scope: "groups"}, teams, insufficientScope},
	{"expired", authserver.Wish{Subject: "alice", Scope: "groups", ExpiresIn: -60}, whoami, invalidToken},
	{"refresh token", authserver.Wish{Kind: "refresh", Subject: "alice", Scope: "groups"}, whoami, invalidToken},
	{"DPoP-bound", authserver.Wish{Kind: "dpop", Subject: "alice", Scope: "groups"}, whoami, invalidToken},
	{"mTLS-bound", authserver.Wish{Kind: "mtls", Subject: "alice", Scope: "groups"}, whoami, invalidToken},
}

// TestService runs every case in every mode against every version; the modes of a version share one server.
func TestService(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*testing.T, *world, *gateway){
		"verdicts":            testVerdicts,
		"tokens of no record": testTokensOfNoRecord,
		"revoked":             testRevoked,
		"expiry while cached": testExpiryWhileCached,
		"regular grant":       testRegularGrant,
		"settings":            testSettings,
	}
	forEachVersion(t, func(t *testing.T, version string) {
		w := newWorld(t, version, service.Modes...)
		for _, g := range w.services {
			t.Run(g.mode.Client, func(t *testing.T) {
				t.Parallel()
				for name, test := range cases {
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						test(t, w, g)
					})
				}
			})
		}
	})
}

func testVerdicts(t *testing.T, w *world, g *gateway) {
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			token := w.mint(t, v.wish)
			g.expect(t, v.path, token, v.want)
			g.expect(t, v.path, token, v.want) // from the cache it is the same
		})
	}
}

func testTokensOfNoRecord(t *testing.T, _ *world, g *gateway) {
	g.expect(t, whoami, "a-token-that-nobody-issued", invalidToken)
	// oidc-provider 9 answers 400 unsupported_token_type to whatever looks like a JWT; 7 calls it inactive.
	g.expect(t, whoami, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYWxsb3J5In0.", invalidToken)
	g.expectHeader(t, whoami, "", noToken)
	g.expectHeader(t, whoami, "Basic YWxpY2U6c2VjcmV0", noToken)
	g.expectHeader(t, whoami, "Bearer", invalidRequest)
	g.expectHeader(t, whoami, "Bearer not a token", invalidRequest)
}

func testRevoked(t *testing.T, w *world, g *gateway) {
	clock := newClock()
	g = g.variant(t, func(cfg *rs.Config) { cfg.Now, cfg.CacheTTL = clock.now, 30*time.Second })
	wish := authserver.Wish{Subject: "alice", Scope: "groups"}

	unseen := w.mint(t, wish)
	w.revoke(t, unseen)
	g.expect(t, whoami, unseen, invalidToken)

	seen := w.mint(t, wish)
	g.expect(t, whoami, seen, accepted("alice"))
	w.revoke(t, seen)
	g.expect(t, whoami, seen, accepted("alice")) // CacheTTL is the revocation delay, as its documentation says
	clock.advance(31 * time.Second)
	g.expect(t, whoami, seen, invalidToken)
}

// testExpiryWhileCached: an answer that is still in the cache ends with the token all the same.
func testExpiryWhileCached(t *testing.T, w *world, g *gateway) {
	clock := newClock()
	g = g.variant(t, func(cfg *rs.Config) { cfg.Now, cfg.CacheTTL = clock.now, time.Hour })
	token := w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups", ExpiresIn: 60})
	g.expect(t, whoami, token, accepted("alice"))
	clock.advance(61 * time.Second)
	g.expect(t, whoami, token, invalidToken)
}

// testRegularGrant gets its token the way a service provider does, over HTTP.
func testRegularGrant(t *testing.T, w *world, g *gateway) {
	token, err := w.as.ClientCredentials(t.Context(), "groups")
	if err != nil {
		t.Fatal(err)
	}
	g.expect(t, whoami, token, accepted(""))
	g.expect(t, teams, token, insufficientScope)
}

func testSettings(t *testing.T, w *world, g *gateway) {
	token := w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups", Audience: "urn:us"})
	wrapped := base64.StdEncoding.EncodeToString([]byte(token))
	for _, test := range []struct {
		name   string
		adjust func(*rs.Config)
		token  string
		want   answer
	}{
		{"base64 by django-lasuite's rules", func(c *rs.Config) { c.LenientBase64Token = true }, wrapped, accepted("alice")},
		{"base64 by default", func(*rs.Config) {}, wrapped, invalidToken},
		{"meant for us", func(c *rs.Config) { c.TokenAudiences = []string{"urn:us"} }, token, accepted("alice")},
		{"meant for others", func(c *rs.Config) { c.TokenAudiences = []string{"urn:them"} }, token, invalidToken},
		{"from a service we know", func(c *rs.Config) { c.AllowedAudiences = []string{"sp-docs"} }, token, accepted("alice")},
		{"from a service we do not know", func(c *rs.Config) { c.AllowedAudiences = []string{"sp-x"} }, token, invalidToken},
		{"aud names the calling service", func(c *rs.Config) { c.AudienceClaim = "aud" }, token, accepted("alice")},
		{"wrong secret", func(c *rs.Config) { c.ClientSecret = "not-the-secret" }, token, broken},
		{"wrong issuer", func(c *rs.Config) { c.Issuer += "/" }, token, wrongIssuer(g.mode)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g.variant(t, test.adjust).expect(t, whoami, test.token, test.want)
		})
	}
}

// wrongIssuer: a signed answer by somebody else says nothing about the token; in plain JSON only the token has an issuer.
func wrongIssuer(mode service.Mode) answer {
	if mode.Format == rs.JSON {
		return invalidToken
	}
	return unavailable
}
