package main_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestJWTAccessTokens: tokens that oidc-provider signs (RFC 9068), judged with its keys alone.
func TestJWTAccessTokens(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		json := service.Modes[len(service.Modes)-1]
		w := newWorld(t, version, json)
		g := w.services[json.Client]
		clock := newClock()
		local := func(cfg *rs.Config) {
			cfg.AccessTokenMode, cfg.AccessTokenAlg, cfg.TokenAudiences = rs.Local, "ES256", []string{"urn:jwt:es256"}
			cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret, cfg.Now = "", "", "", clock.now
		}
		only := g.variant(t, local)
		both := g.variant(t, func(cfg *rs.Config) {
			id, secret, endpoint := cfg.ClientID, cfg.ClientSecret, cfg.IntrospectionEndpoint
			local(cfg)
			cfg.AccessTokenMode, cfg.ClientID, cfg.ClientSecret, cfg.IntrospectionEndpoint = rs.LocalThenIntrospect, id, secret, endpoint
			cfg.IntrospectEvery = time.Minute
		})
		jwt := func(scope, resource string) string {
			token, err := w.as.ClientCredentialsFor(t.Context(), scope, resource)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		good := jwt("groups", "urn:jwt:es256")
		if strings.Count(good, ".") != 2 {
			t.Fatalf("oidc-provider issued no JWT")
		}
		only.expect(t, whoami, good, accepted(authserver.ServiceProvider))
		only.expect(t, whoami, good, accepted(authserver.ServiceProvider))
		only.expect(t, teams, good, insufficientScope)
		only.expect(t, teams, jwt("groups teams", "urn:jwt:es256"), accepted(authserver.ServiceProvider))
		only.expect(t, whoami, jwt("groups", "urn:jwt:other"), invalidToken)
		only.expect(t, whoami, good[:len(good)-8]+"AAAAAAAA", invalidToken)
		opaque := w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups", Audience: "urn:jwt:es256"})
		only.expect(t, whoami, opaque, invalidToken)
		both.expect(t, whoami, opaque, accepted("alice"))
		both.expect(t, whoami, good, accepted(authserver.ServiceProvider))
		before := introspections(t, w)
		clock.advance(2 * time.Minute)
		both.expect(t, whoami, good, invalidToken) // oidc-provider does not introspect its own JWTs, as the documentation says
		if introspections(t, w) != before+1 {
			t.Error("a token that is due was not asked about")
		}

		if _, err := w.as.RotateKeys(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		clock.advance(time.Minute) // beyond CacheTTL
		only.expect(t, whoami, jwt("groups", "urn:jwt:es256"), accepted(authserver.ServiceProvider))
		clock.advance(time.Minute) // beyond the cool-down: the keys are as old as the token, and so may lack its key, until they are fetched again
		only.expect(t, whoami, good, invalidToken)
	})
}

func introspections(t *testing.T, w *world) int {
	t.Helper()
	all, err := w.as.Introspections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
