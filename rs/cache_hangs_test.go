package rs_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
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

// faulty is a cache that hangs while it is told to, and counts those that wait for long.
type faulty struct {
	rs.Cache

	patience time.Duration // after which it gives up by itself; 0: never
	hangs    atomic.Bool
	longWait atomic.Int32
}

func (f *faulty) hang(ctx context.Context) error {
	if !f.hangs.Load() {
		return nil
	}
	start := time.Now()
	if f.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.patience)
		defer cancel()
	}
	<-ctx.Done()
	if time.Since(start) > 100*time.Millisecond {
		f.longWait.Add(1)
	}
	return ctx.Err()
}

func (f *faulty) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	if err := f.hang(ctx); err != nil {
		return nil, false, err
	}
	return f.Cache.Get(ctx, key)
}

func (f *faulty) Put(ctx context.Context, key rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	if err := f.hang(ctx); err != nil {
		return err
	}
	return f.Cache.Put(ctx, key, in, ttl)
}

// A cache that hangs costs one request its share of the budget every five seconds, and not three shares of each. So does one that has a
// limit of its own.
func TestACacheThatHangsIsNotWaitedForByEverybody(t *testing.T) {
	t.Parallel()
	for _, patience := range []time.Duration{0, 101 * time.Millisecond} {
		t.Run(fmt.Sprint(patience), func(t *testing.T) { notWaitedForByEverybody(t, patience) })
	}
}

func notWaitedForByEverybody(t *testing.T, patience time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		cfg := live(w)
		far := &faulty{Cache: liveLRU(t, cfg.Now), patience: patience}
		cfg.Cache = far
		s := newServer(t, cfg)
		took := func(token string) time.Duration {
			t.Helper()
			start := time.Now()
			if got := outcome(s, token); got != "" {
				t.Errorf("%s: %q", token, got)
			}
			return time.Since(start)
		}
		took("known")
		far.hangs.Store(true)
		if d := took("first"); d > 600*time.Millisecond {
			t.Errorf("the first request took %v", d)
		}
		for range 2 {
			var all sync.WaitGroup
			for i := range 40 {
				all.Go(func() {
					if d := took(fmt.Sprint("another", i)); d > 20*time.Millisecond {
						t.Errorf("another one took %v", d)
					}
				})
			}
			all.Wait()
		}
		if n := far.longWait.Load(); n != 1 {
			t.Errorf("%d requests waited long", n)
		}
		time.Sleep(5 * time.Second)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() { took(fmt.Sprint("later", i)) })
		}
		if all.Wait(); far.longWait.Load() != 2 {
			t.Errorf("%d requests waited long, want one more", far.longWait.Load()-1)
		}
		far.hangs.Store(false)
		calls := w.count(endpoint)
		if took("known"); w.count(endpoint) != calls {
			t.Error("a cache that works again was not asked")
		}
	})
}

// What is near stays of use while what is far hangs.
func TestANearCacheInFrontOfOneThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		cfg := live(w)
		far := &faulty{Cache: liveLRU(t, cfg.Now)}
		cfg.Cache = rs.Tiered(liveLRU(t, cfg.Now), far)
		s := newServer(t, cfg)
		outcome(s, "known")
		far.hangs.Store(true)
		outcome(s, "new")
		for _, token := range []string{"known", "new"} {
			start, calls := time.Now(), w.count(endpoint)
			if got := outcome(s, token); got != "" || time.Since(start) != 0 || w.count(endpoint) != calls {
				t.Errorf("%s: %q after %v and %d calls", token, got, time.Since(start), w.count(endpoint)-calls)
			}
		}
	})
}

// The caller's own end says nothing about the cache.
func TestACallerThatLeavesACache(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(newWire().on(endpoint, good()))
		far := &faulty{Cache: liveLRU(t, cfg.Now)}
		cfg.Cache = far
		s := newServer(t, cfg)
		far.hangs.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, _ = s.Authenticate(ctx, "token")
		synctest.Wait()
		start := time.Now()
		if outcome(s, "token"); time.Since(start) < 500*time.Millisecond {
			t.Errorf("the next had only %v", time.Since(start))
		}
	})
}

func liveLRU(t *testing.T, now func() time.Time) rs.Cache {
	t.Helper()
	lru, err := rs.NewLRU(100, now)
	if err != nil {
		t.Fatal(err)
	}
	return lru
}
