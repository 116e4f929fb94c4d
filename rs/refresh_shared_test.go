package rs_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// outside is a cache outside the process, on the clock of the bubble.
type outside struct {
	mu      sync.Mutex
	entries map[rs.CacheKey]outsideEntry
}

type outsideEntry struct {
	text    []byte
	expires time.Time
}

func newOutside() *outside { return &outside{entries: map[rs.CacheKey]outsideEntry{}} }

func (c *outside) Get(_ context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.entries[key]
	if !found || !time.Now().Before(entry.expires) {
		return nil, false, nil
	}
	in := new(rs.Introspection)
	return in, true, json.Unmarshal(entry.text, in)
}

func (c *outside) Put(_ context.Context, key rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	text, err := json.Marshal(in)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[key] = outsideEntry{text, time.Now().Add(ttl)}
	return err
}

// sharing is a server on the clock of the bubble with the cache, alone or behind an LRU of its own.
func sharing(t *testing.T, w *wire, far rs.Cache, tiered bool) *rs.Server {
	t.Helper()
	cfg := live(w)
	cfg.Cache, cfg.NoRetry = far, true
	if tiered {
		near, err := rs.NewLRU(10, nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Cache = rs.Tiered(near, far)
	}
	return newServer(t, cfg)
}

// lastTurn is when each of the servers that share an answer would ask anew.
const lastTurn = 27 * time.Second

func ways(t *testing.T, check func(t *testing.T, tiered bool)) {
	t.Helper()
	for name, tiered := range map[string]bool{"alone": false, "behind an LRU": true} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { check(t, tiered) }) })
	}
}

// TestARefreshThatFailsIsOneForEachAnswer: also where facts come out of a shared cache, as other values every time.
func TestARefreshThatFailsIsOneForEachAnswer(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, tiered bool) {
		w, far := newWire().on(endpoint, good()), newOutside()
		one, other := sharing(t, w, far, tiered), sharing(t, w, far, tiered)
		outcome(one, "token")
		time.Sleep(lastTurn)
		w.on(endpoint, answers(500, "", ""))
		for range 20 { // for two seconds
			if got := outcome(other, "token"); got != "" {
				t.Fatal(got)
			}
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		if n := w.count(endpoint); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
		w.on(endpoint, good())
		time.Sleep(2 * time.Second)
		outcome(other, "token")
		time.Sleep(lastTurn)
		outcome(other, "token")
		synctest.Wait()
		if n := w.count(endpoint); n != 4 {
			t.Errorf("%d calls, want 4: the next answer has a refresh of its own", n)
		}
	})
}

// TestOneRefreshServesAll who share a cache: a token that is in use costs one call in 24 seconds, however many servers see it.
func TestOneRefreshServesAll(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, tiered bool) {
		w, far := newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"exp": nil})))), newOutside()
		var all []*rs.Server
		for range 4 {
			all = append(all, sharing(t, w, far, tiered))
		}
		start := time.Now()
		for time.Since(start) < 200*time.Second {
			for _, s := range all {
				if got := outcome(s, "token"); got != "" {
					t.Fatal(got)
				}
				synctest.Wait()
				time.Sleep(70 * time.Millisecond)
			}
		}
		if n := w.count(endpoint); n > 1+200/24 {
			t.Errorf("%d calls in 200 seconds, want one in 24", n)
		}
	})
}

// TestARefusalReachesAll: what one server learns when it asks ahead of time, the others find when they would ask.
func TestARefusalReachesAll(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, tiered bool) {
		w, far := newWire().on(endpoint, good()), newOutside()
		one, other := sharing(t, w, far, tiered), sharing(t, w, far, tiered)
		outcome(one, "token")
		outcome(other, "token")
		time.Sleep(lastTurn)
		w.on(endpoint, jsonAnswer(`{"active":false}`))
		for _, s := range []*rs.Server{other, one} {
			outcome(s, "token")
			synctest.Wait()
			if got := outcome(s, "token"); got != rs.ReasonInactive {
				t.Errorf("got %q, want %q", got, rs.ReasonInactive)
			}
		}
		if n := w.count(endpoint); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// TestServersTakeTurns: those that share a cache hold an answer from the same moment on, and would all ask anew in the same moment of its last
// fifth. Here each has a cache of its own, so that nobody finds the answer of another.
func TestServersTakeTurns(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, tiered bool) {
		w := newWire().on(endpoint, good())
		const servers = 64
		var all []*rs.Server
		for range servers {
			all = append(all, sharing(t, w, newOutside(), tiered))
		}
		asked := func() (calls int) {
			before := w.count(endpoint)
			for _, s := range all {
				if got := outcome(s, "token"); got != "" {
					t.Fatal(got)
				}
			}
			synctest.Wait()
			return w.count(endpoint) - before
		}
		asked()
		time.Sleep(24*time.Second - 1)
		if n := asked(); n != 0 {
			t.Errorf("%d of %d asked before the last fifth", n, servers)
		}
		time.Sleep(time.Nanosecond)
		first := asked()
		if first == servers {
			t.Errorf("all %d asked at once", servers)
		}
		time.Sleep(3*time.Second - 1)
		if n := first + asked(); n != servers {
			t.Errorf("%d of %d asked in the first half of the last fifth", n, servers)
		}
	})
}
