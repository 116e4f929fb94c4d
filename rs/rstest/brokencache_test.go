package rstest_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// mapCache keeps the promises, in the plainest way; its fields let it break one.
type mapCache struct {
	mu      sync.Mutex
	entries map[string]mapEntry

	name  func(rs.CacheKey) string                    // of an entry
	store func(*rs.Introspection) *rs.Introspection   // what is kept
	ttl   func(time.Duration) time.Duration           // how long
	get   func(ctx context.Context, found bool) error // what Get says besides
	keep  bool                                        // of two Puts the first wins
	nils  bool                                        // a miss is found, but nil
	spend bool                                        // reading uses an entry up
}

type mapEntry struct {
	in      *rs.Introspection
	expires time.Time
}

func newMapCache() *mapCache {
	return &mapCache{
		entries: map[string]mapEntry{},
		name:    func(k rs.CacheKey) string { return string(k[:]) },
		store:   func(in *rs.Introspection) *rs.Introspection { return in },
		ttl:     func(ttl time.Duration) time.Duration { return ttl },
		get:     func(context.Context, bool) error { return nil },
	}
}

func (c *mapCache) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, found := c.entries[c.name(key)]
	found = found && time.Now().Before(e.expires)
	if c.spend {
		delete(c.entries, c.name(key))
	}
	if err := c.get(ctx, found); err != nil || !found {
		return nil, c.nils, err
	}
	return e.in, true, nil
}

func (c *mapCache) Put(_ context.Context, key rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, exists := c.entries[c.name(key)]; exists && c.keep {
		return nil
	}
	c.entries[c.name(key)] = mapEntry{c.store(in), time.Now().Add(c.ttl(ttl))}
	return nil
}

// brokenCaches break a promise each, as caches have been seen to do. The names are those of the rules that must fail.
var brokenCaches = map[string]func(*mapCache){
	"miss":              func(c *mapCache) { c.nils = true },
	"miss (error)":      func(c *mapCache) { c.get = missIsError },
	"hit":               func(c *mapCache) { c.spend = true },
	"ttl":               func(c *mapCache) { c.ttl = func(ttl time.Duration) time.Duration { return 2 * ttl } },
	"ttl (short)":       func(c *mapCache) { c.ttl = func(time.Duration) time.Duration { return time.Second } },
	"tiny_ttl":          func(c *mapCache) { c.ttl = secondsOrForever },
	"overwrite":         func(c *mapCache) { c.keep = true },
	"shorter_overwrite": func(c *mapCache) { c.keep = true },
	"keys (letters)":    func(c *mapCache) { c.name = func(k rs.CacheKey) string { return strings.ToLower(string(k[:])) } },
	"keys (UTF-8)": func(c *mapCache) {
		c.name = func(k rs.CacheKey) string { return strings.ToValidUTF8(string(k[:]), "?") }
	},
	"keys (prefix)": func(c *mapCache) { c.name = func(k rs.CacheKey) string { return string(k[:8]) } },
	"facts":         func(c *mapCache) { c.store = firstForever() },
	"servers":       func(c *mapCache) { c.name = func(rs.CacheKey) string { return "one for all" } },
	"canceled":      func(c *mapCache) { c.get = foundButDead },
}

// firstForever gives everybody the facts about the first token that was stored.
func firstForever() func(*rs.Introspection) *rs.Introspection {
	var first *rs.Introspection
	return func(in *rs.Introspection) *rs.Introspection {
		first = cmp.Or(first, in)
		return first
	}
}

func missIsError(_ context.Context, found bool) error {
	if found {
		return nil
	}
	return errors.New("no such entry")
}

// secondsOrForever is what EXPIRE makes of a ttl that was rounded to whole seconds.
func secondsOrForever(ttl time.Duration) time.Duration {
	if ttl = ttl.Truncate(time.Second); ttl == 0 {
		return 1000 * time.Hour
	}
	return ttl
}

func foundButDead(ctx context.Context, _ bool) error {
	if ctx.Err() != nil {
		panic("a context that nobody expected")
	}
	return nil
}

const brokenCacheVariable = "RSTEST_BROKEN_CACHE"

// TestBrokenCache runs the suite on a broken cache, but only in the process that TestCacheFindsBrokenCaches starts for it:
// here it would fail.
func TestBrokenCache(t *testing.T) {
	spoil, chosen := brokenCaches[os.Getenv(brokenCacheVariable)]
	if !chosen {
		return
	}
	rstest.TestCache(t, func() rs.Cache {
		cache := newMapCache()
		spoil(cache)
		return cache
	})
}

func TestCacheFindsBrokenCaches(t *testing.T) {
	t.Parallel()
	for name := range maps.Keys(brokenCaches) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBrokenCache$", "-test.v")
			cmd.Env = append(os.Environ(), brokenCacheVariable+"="+name)
			output, err := cmd.CombinedOutput()
			rule, _, _ := strings.Cut(name, " ")
			if err == nil || !bytes.Contains(output, []byte("--- FAIL: TestBrokenCache/"+rule+" ")) {
				t.Errorf("rule %q did not fail: %v\n%s", rule, err, output)
			}
			if !bytes.Contains(output, []byte("the promise: ")) {
				t.Errorf("the failure does not explain the promise:\n%s", output)
			}
		})
	}
}

func TestCacheMap(t *testing.T) {
	t.Parallel()
	rstest.TestCache(t, func() rs.Cache { return newMapCache() })
}

// In a real test the clock would be that of the server: here it is moved by hand.
func TestCacheWithClock(t *testing.T) {
	t.Parallel()
	rstest.TestCacheWithClock(t, func(t *testing.T) (rs.Cache, func(time.Duration)) {
		now := time.Now()
		cache, err := rs.NewLRU(1000, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		return cache, func(d time.Duration) { now = now.Add(d) }
	})
}
