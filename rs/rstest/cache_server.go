package rstest

import (
	"reflect"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// server makes a resource server that uses the cache under test.
func (c *cacheTest) server(cfg rs.Config) *rs.Server {
	c.Helper()
	cfg.Cache = c.cache
	s, err := rs.New(cfg)
	if err != nil {
		c.Fatalf("rstest: %v", err)
	}
	return s
}

// seen is all that a server makes of facts.
type seen struct {
	Principal rs.Principal
	Claims    map[string]any
	Err       string
}

func (c *cacheTest) see(s *rs.Server, token string) seen {
	c.Helper()
	p, err := s.Authenticate(c.Context(), token)
	if err != nil {
		return seen{Err: err.Error()}
	}
	out := seen{Principal: rs.Principal{
		Subject: p.Subject, ClientID: p.ClientID, Username: p.Username, Audience: p.Audience,
		TokenAudiences: p.TokenAudiences, Scopes: p.Scopes, Expiry: p.Expiry,
	}}
	if err := p.Claims(&out.Claims); err != nil {
		c.Fatalf("rstest: %v", err)
	}
	return out
}

// tokens of every kind that a server must be able to tell apart after the cache.
func (c *cacheTest) tokens(as *Server) map[string]string {
	return map[string]string{
		"common":             as.Issue(nil),
		"all members":        as.Issue(Claims{"username": "älice", "aud": []string{"a", "b"}, "nbf": 1, "custom": Claims{"deep": []any{1.5, nil, "ü<>&"}}}),
		"escapes":            as.IssueRaw(`{"active":true,"sub":"\u0061\"\\\ud83d\ude00","scope":"groups","client_id":"c","exp":9999999999.5}`),
		"no scope":           as.Issue(Claims{"scope": nil}),
		"no calling service": as.Issue(Claims{"client_id": nil}),
		"another issuer":     as.Issue(Claims{"iss": "https://stranger.example"}),
		"bound to a key":     as.Issue(Claims{"cnf": Claims{"jkt": "x"}}),
		"refresh token":      as.Issue(Claims{"token_type": "refresh_token"}),
		"ID token":           as.Issue(Claims{"token_use": "id_token"}),
		"unknown":            "unknown-token",
	}
}

func checkFacts(c *cacheTest) {
	as := c.as
	s := c.server(as.Config())
	for name, token := range c.tokens(as) {
		before := len(as.Introspections())
		first, second := c.see(s, token), c.see(s, token)
		if asked := len(as.Introspections()) - before; asked != 1 {
			c.broken("token %q: the authorization server was asked %d times, want once", name, asked)
		}
		if !reflect.DeepEqual(first, second) {
			c.broken("token %q: from the cache %+v, want %+v", name, second, first)
		}
	}
}

func checkServers(c *cacheTest) {
	as := c.as
	cfg := as.Config()
	token := as.Issue(nil)
	first := c.see(c.server(cfg), token)
	as.Revoke(token)
	if second := c.see(c.server(cfg), token); !reflect.DeepEqual(first, second) {
		c.broken("a second server got %+v from the cache, want %+v", second, first)
	}
	cfg.AudienceClaim, cfg.AcceptedScopes = "sub", []string{"openid"}
	if third := c.see(c.server(cfg), token); third.Err != "" || third.Principal.Audience != "alice" {
		c.broken("a server with another audience claim got %+v: facts are judged anew by whoever uses them", third)
	}
	cfg.AcceptedScopes = []string{"other"}
	if fourth := c.see(c.server(cfg), token); fourth.Err == "" {
		c.broken("a server that accepts other scopes accepted the token: facts are stored, not decisions")
	}
	if fifth := c.see(c.server(as.Config(JWTSigned)), token); fifth.Err == "" {
		c.broken("another client accepted a revoked token: it must not see the entries of the first")
	}
}
