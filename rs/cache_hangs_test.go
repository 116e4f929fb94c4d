package rs_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// hanging is a cache whose network is gone: it answers nothing until the caller gives up.
type hanging struct{}

func (hanging) Get(ctx context.Context, _ rs.CacheKey) (*rs.Introspection, bool, error) {
	<-ctx.Done()
	return nil, false, ctx.Err()
}

func (hanging) Put(ctx context.Context, _ rs.CacheKey, _ *rs.Introspection, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestACacheThatHangsIsAMiss: a request has no deadline of its own, so we set one for the cache, and what is left of the
// budget is enough to ask the authorization server.
func TestACacheThatHangsIsAMiss(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   rs.Reason
	}{
		"active":   {mustJSON(claims(nil)), ""},
		"inactive": {`{"active":false}`, rs.ReasonInactive},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, seen := newWire().on(endpoint, after(2*time.Second, jsonAnswer(c.answer))), &recorder{}
				cfg := live(w)
				cfg.Cache, cfg.Observer = hanging{}, seen
				s := newServer(t, cfg)
				start := time.Now()
				if got := outcome(s, "token"); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if waited := time.Since(start); waited > 5*time.Second {
					t.Errorf("it took %v, which is more than the budget", waited)
				}
				if seen.count(rs.OpCache) == 0 {
					t.Error("nobody was told that the cache does not answer")
				}
			})
		})
	}
}
