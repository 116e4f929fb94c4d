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

// slow is a cache at the other end of a network.
type slow struct {
	memory
	takes time.Duration
}

func (s *slow) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	select {
	case <-time.After(s.takes):
		return s.memory.Get(ctx, key)
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// TestASlowCacheIsUsed if it takes no more than a tenth of the budget.
func TestASlowCacheIsUsed(t *testing.T) {
	t.Parallel()
	for takes, calls := range map[time.Duration]int{500*time.Millisecond - 1: 1, 500*time.Millisecond + 1: 2} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire().on(endpoint, good())
			cfg := live(w)
			cfg.Cache, cfg.Budget = &slow{memory{facts: map[rs.CacheKey]*rs.Introspection{}}, takes}, 5*time.Second
			s := newServer(t, cfg)
			for range 2 {
				if got := outcome(s, "token"); got != "" {
					t.Errorf("got %q", got)
				}
			}
			if w.count(endpoint) != calls {
				t.Errorf("a cache that takes %v: %d calls, want %d", takes, w.count(endpoint), calls)
			}
		})
	}
}

// TestAnLRUOfTheApplicationIsUsed as one of our own is.
func TestAnLRUOfTheApplicationIsUsed(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good())
	cfg := config(w)
	cfg.Cache = newLRU(t, 10)
	s := newServer(t, cfg)
	for range 2 {
		outcome(s, "token")
	}
	if w.count(endpoint) != 1 {
		t.Errorf("%d calls, want 1", w.count(endpoint))
	}
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
