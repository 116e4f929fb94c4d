package rs_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestATokenThatEndsDuringTheCall is judged as of the answer, not as of the question.
func TestATokenThatEndsDuringTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		facts := mustJSON(claims(map[string]any{"exp": epoch.Add(time.Since(bubbleStart) + time.Second).Unix()}))
		s := newServer(t, live(newWire().on(endpoint, after(2*time.Second, jsonAnswer(facts)))))
		if got := outcome(s, "token"); got != rs.ReasonExpired {
			t.Errorf("got %q", got)
		}
	})
}

func TestValidation(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	at := func(d time.Duration) int64 { return epoch.Add(d).Unix() }
	skewed := func(c *rs.Config) { c.ClockSkew = 10 * time.Second }
	later := func(c *rs.Config) { c.Now = func() time.Time { return epoch.Add(750 * time.Millisecond) } }
	typed := func(c *rs.Config) { c.TokenType = rs.TokenTypeRequired }
	allowed := func(c *rs.Config) { c.AllowedAudiences = []string{"docs", "drive"} }
	byAud := func(c *rs.Config) { c.AudienceClaim = "aud" }
	byAzp := func(c *rs.Config) { c.AudienceClaim = "azp"; c.AllowedAudiences = []string{"drive"} }
	forUs := func(c *rs.Config) { c.TokenAudiences = []string{"https://rs.example", clientID} }
	for _, c := range []struct {
		name   string
		change m
		adjust func(*rs.Config)
		want   rs.Reason
	}{
		{"good", nil, nil, ""},

		{"token_type in lower case", m{"token_type": "bearer"}, nil, ""},
		{"no token_type", m{"token_type": nil}, nil, ""},
		{"no token_type where required", m{"token_type": nil}, typed, rs.ReasonTokenTypeMissing},
		{"empty token_type where required", m{"token_type": ""}, typed, rs.ReasonTokenTypeMissing},
		{"refresh token", m{"token_type": "refresh_token"}, nil, rs.ReasonTokenType},
		{"ID token", m{"token_type": "id_token"}, nil, rs.ReasonTokenType},
		{"N_A", m{"token_type": "N_A"}, nil, rs.ReasonTokenType},
		{"Hydra's access token", m{"token_use": "access_token"}, nil, ""},
		{"Hydra's refresh token", m{"token_use": "refresh_token"}, nil, rs.ReasonTokenType},
		{"DPoP", m{"token_type": "DPoP"}, nil, rs.ReasonSenderConstrained},
		{"dpop in lower case", m{"token_type": "dpop"}, nil, rs.ReasonSenderConstrained},
		{"bound to a DPoP key", m{"cnf": m{"jkt": "x"}}, nil, rs.ReasonSenderConstrained},
		{"bound to a certificate", m{"cnf": m{"x5t#S256": "x"}}, nil, rs.ReasonSenderConstrained},
		{"bound to nothing known", m{"cnf": m{}}, nil, rs.ReasonSenderConstrained},

		{"no issuer", m{"iss": nil}, nil, ""},
		{"issuer with a slash", m{"iss": issuer + "/"}, nil, rs.ReasonIssuer},
		{"issuer in another case", m{"iss": "https://AS.example/api/v2"}, nil, rs.ReasonIssuer},
		{"issuer with less path", m{"iss": "https://as.example"}, nil, rs.ReasonIssuer},
		{"empty issuer", m{"iss": ""}, nil, rs.ReasonIssuer},

		{"no exp", m{"exp": nil}, nil, ""},
		{"last second", m{"exp": at(time.Second)}, nil, ""},
		{"expires now", m{"exp": at(0)}, nil, rs.ReasonExpired},
		{"expired within skew", m{"exp": at(-9 * time.Second)}, skewed, ""},
		{"expired at the skew", m{"exp": at(-10 * time.Second)}, skewed, rs.ReasonExpired},
		{"exp zero", m{"exp": 0}, nil, rs.ReasonExpired},
		{"exp negative", m{"exp": -1}, nil, rs.ReasonExpired},
		{"exp half a second ago", m{"exp": float64(at(0)) - 0.5}, nil, rs.ReasonExpired},
		{"begins now", m{"nbf": at(0)}, nil, ""},
		{"begins later", m{"nbf": at(time.Second)}, nil, rs.ReasonNotYetValid},
		{"begins in half a second", m{"nbf": float64(at(0)) + 0.5}, nil, rs.ReasonNotYetValid},
		{"began half a second ago, in this second", m{"nbf": float64(at(0)) + 0.25}, later, ""},
		{"begins in this second", m{"nbf": float64(at(0)) + 0.875}, later, rs.ReasonNotYetValid},
		{"began half a second before 1970", m{"nbf": -0.5}, nil, ""},
		{"begins later, and little else is said", m{"nbf": at(time.Second), "username": nil}, nil, rs.ReasonNotYetValid},
		{"began before 1970", m{"nbf": -1, "username": nil}, nil, ""},
		{"begins after all times", m{"nbf": int64(math.MaxInt64)}, nil, rs.ReasonNotYetValid},
		{"begins a second before that", m{"nbf": int64(math.MaxInt64 - 1)}, nil, rs.ReasonNotYetValid},
		{"begins beyond all numbers", m{"nbf": 1e300}, nil, rs.ReasonNotYetValid},
		{"begins before all times", m{"nbf": int64(math.MinInt64)}, nil, ""},
		{"expires after all times", m{"exp": int64(math.MaxInt64)}, nil, ""},
		{"expires a second before that", m{"exp": int64(math.MaxInt64 - 1)}, nil, ""},
		{"expires beyond all numbers", m{"exp": 1e300}, nil, ""},
		{"expired before all times", m{"exp": int64(math.MinInt64)}, nil, rs.ReasonExpired},
		{"expired beyond all numbers", m{"exp": -1e300}, nil, rs.ReasonExpired},
		{"begins within skew", m{"nbf": at(10 * time.Second)}, skewed, ""},
		{"begins beyond skew", m{"nbf": at(11 * time.Second)}, skewed, rs.ReasonNotYetValid},

		{"no calling service", m{"client_id": nil}, nil, rs.ReasonAudienceMissing},
		{"empty calling service", m{"client_id": ""}, nil, rs.ReasonAudienceMissing},
		{"allowed service", nil, allowed, ""},
		{"other service", m{"client_id": "chat"}, allowed, rs.ReasonAudienceNotAllowed},
		{"allowed service in another case", m{"client_id": "Docs"}, allowed, rs.ReasonAudienceNotAllowed},
		{"aud as the service", m{"aud": "docs", "client_id": nil}, byAud, ""},
		{"no aud as the service", nil, byAud, rs.ReasonAudienceMissing},
		{"no aud as the service, and little else is said", m{"username": nil}, byAud, rs.ReasonAudienceMissing},
		{"empty list as the service", m{"aud": []string{}}, byAud, rs.ReasonAudienceMissing},
		{"list of nothing as the service", m{"aud": []string{""}}, byAud, rs.ReasonAudienceMissing},
		{"other claim, allowed", m{"azp": []string{"chat", "drive"}}, byAzp, ""},
		{"other claim, and little else is said", m{"azp": "drive", "username": nil}, byAzp, ""},
		{"other claim, in another case first", m{"azp": []string{"Drive", "drive"}}, byAzp, ""},
		{"other claim, not allowed", m{"azp": "chat"}, byAzp, rs.ReasonAudienceNotAllowed},
		{"other claim of another type", m{"azp": 5}, byAzp, rs.ReasonAudienceMissing},
		{"other claim of mixed types", m{"azp": []any{"drive", 5}}, byAzp, rs.ReasonAudienceMissing},

		{"meant for us", m{"aud": "https://rs.example"}, forUs, ""},
		{"meant for us among others", m{"aud": []string{"x", clientID}}, forUs, ""},
		{"meant for us, and little else is said", m{"aud": clientID, "username": nil}, forUs, ""},
		{"meant for others, and little else is said", m{"aud": "x", "username": nil}, forUs, rs.ReasonTokenAudience},
		{"meant for others", m{"aud": "https://other.example"}, forUs, rs.ReasonTokenAudience},
		{"meant for nobody", nil, forUs, rs.ReasonTokenAudience},
		{"meant for an empty list", m{"aud": []string{}}, forUs, rs.ReasonTokenAudience},
		{"meant for us with a slash", m{"aud": "https://rs.example/"}, forUs, rs.ReasonTokenAudience},
		{"meant for us in another case", m{"aud": "https://RS.example"}, forUs, rs.ReasonTokenAudience},

		{"second accepted scope", m{"scope": "openid documents"}, nil, ""},
		{"scopes with odd spaces", m{"scope": "  groups  "}, nil, ""},
		{"no scope", m{"scope": nil}, nil, rs.ReasonInsufficientScope},
		{"empty scope", m{"scope": ""}, nil, rs.ReasonInsufficientScope},
		{"other scope", m{"scope": "profile"}, nil, rs.ReasonInsufficientScope},
		{"scope in another case", m{"scope": "Groups"}, nil, rs.ReasonInsufficientScope},
		{"scope as prefix", m{"scope": "groups:read"}, nil, rs.ReasonInsufficientScope},
		{"scope as suffix", m{"scope": "mygroups"}, nil, rs.ReasonInsufficientScope},
		{"scopes separated by a comma", m{"scope": "groups,documents"}, nil, rs.ReasonInsufficientScope},
		{"scopes separated by a tab", m{"scope": "groups\tdocuments"}, nil, rs.ReasonInsufficientScope},
		{"scopes separated by a line", m{"scope": "groups\ndocuments"}, nil, rs.ReasonInsufficientScope},
		{"inactive before all else", m{"active": false, "iss": "x", "exp": 1}, nil, rs.ReasonInactive},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(c.change)))))
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			s := newServer(t, cfg)
			for _, from := range []string{"the authorization server", "the cache"} {
				if got := outcome(s, "token"); got != c.want {
					t.Errorf("from %s: got %q, want %q", from, got, c.want)
				}
			}
		})
	}
}

func TestRefusalsLookAlike(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, change := range []map[string]any{
		{"active": false}, {"exp": 1}, {"iss": "https://other.example"}, {"client_id": nil}, {"token_type": "DPoP"},
	} {
		s := newServer(t, config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(change))))))
		_, err := s.Authenticate(t.Context(), "token")
		e := rs.AsError(err)
		seen[e.Challenge()] = true
		if e.Scope != "" {
			t.Errorf("%v: other scopes would not help, but it says %q", change, e.Scope)
		}
	}
	if len(seen) != 1 {
		t.Errorf("clients can tell refused tokens apart: %v", seen)
	}
}
