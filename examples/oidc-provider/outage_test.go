package main_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestOutage: without an authorization server the tokens it vouched for a moment ago go on, and of the others nothing
// is said.
func TestOutage(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		w := newWorld(t, version, service.Modes...)
		wish := authserver.Wish{Subject: "alice", Scope: "groups"}
		seen, unseen := w.mint(t, wish), w.mint(t, wish)
		for _, g := range w.services {
			g.cfg.CacheTTL = time.Hour // of the real clock, on a machine that is busy
			g.configure(t, g.cfg, g.keys)
			g.expect(t, whoami, seen, accepted("alice"))
		}
		w.as.Stop()
		for _, g := range w.services {
			g.expect(t, whoami, seen, accepted("alice"))
			g.expect(t, teams, seen, insufficientScope)
			g.expect(t, whoami, unseen, unavailable)
			g.expect(t, whoami, "unknown", unavailable)
			g.expectHeader(t, whoami, "", noToken)
		}
	})
}

// TestOneIntrospection: while the answer is fresh a token is asked about once, in the one way that its mode allows.
func TestOneIntrospection(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		w := newWorld(t, version, service.Modes...)
		w.forEachMode(t, func(t *testing.T, g *gateway) {
			g.cfg.CacheTTL = time.Hour
			g.configure(t, g.cfg, g.keys)
			before := w.introspections(t)
			token := w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups"})
			for range 3 {
				g.expect(t, whoami, token, accepted("alice"))
				g.expect(t, teams, token, insufficientScope)
			}
			asked := w.introspections(t)[len(before):]
			mediaType := "application/json"
			if g.mode.Format != rs.JSON {
				mediaType = "application/token-introspection+jwt" // RFC 9701 section 4
			}
			want := []authserver.Introspection{
				{Accept: mediaType, Status: http.StatusOK, ContentType: mediaType + "; charset=utf-8"},
			}
			if !slices.Equal(asked, want) {
				t.Errorf("introspections: got %+v, want %+v", asked, want)
			}
		})
	})
}

// introspections are what the authorization server has answered so far.
func (w *world) introspections(t *testing.T) []authserver.Introspection {
	t.Helper()
	all, err := w.as.Introspections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOurKeysOutOfReach: where /jwks cannot be fetched, oidc-provider refuses every introspection. That is ours to
// repair: 500, never a 401 that would make clients throw good tokens away.
func TestOurKeysOutOfReach(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		w := newWorld(t, version, encrypted()...)
		w.forEachMode(t, func(t *testing.T, g *gateway) {
			service := g.variant(t, func(c *rs.Config) { // the same registration, at another address than the jwks_uri
				c.CredentialsPause = -1 // else, rightly, it would not ask again at once
			})
			withKeys := *g.handler.Load()
			g.replace(http.NotFoundHandler())
			w.restart(t)
			token := w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups"})
			service.expect(t, whoami, token, broken)

			g.replace(withKeys)
			w.restart(t)
			service.expect(t, whoami, token, accepted("alice")) // no failure is cached
		})
	})
}
