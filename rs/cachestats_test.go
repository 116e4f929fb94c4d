package rs_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// counting is what NewLRU also gives.
type counting interface {
	rs.Cache
	Len() int
	Evictions() uint64
}

// fill puts n entries, each of its own key.
func fill(t *testing.T, c rs.Cache, n int) {
	t.Helper()
	for i := range n {
		store(t, c, digest(i), time.Minute)
	}
}

func TestLRUCounts(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 100, 4096, 10000} {
		lru := newLRU(t, size)
		if got := lru.Len(); got != 0 || lru.Evictions() != 0 {
			t.Errorf("size %d: an empty one has %d entries and %d evictions", size, got, lru.Evictions())
		}
		fill(t, lru, 3*size)
		if entries, evictions := lru.Len(), lru.Evictions(); entries != size || evictions != uint64(2*size) {
			t.Errorf("size %d: %d entries and %d evictions, want %d evictions", size, entries, evictions, 2*size)
		}
	}
}

// A key that is put again makes no room.
func TestLRUReplaces(t *testing.T) {
	t.Parallel()
	lru := newLRU(t, 10)
	fill(t, lru, 10)
	fill(t, lru, 10)
	if lru.Len() != 10 || lru.Evictions() != 0 {
		t.Errorf("%d entries, %d evictions, want 10 and none", lru.Len(), lru.Evictions())
	}
}

func newLRU(t *testing.T, size int) counting {
	t.Helper()
	c, err := rs.NewLRU(size, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.(counting)
}

// Two tiers are as full as the near one, if that knows.
func TestTieredCounts(t *testing.T) {
	t.Parallel()
	near := newLRU(t, 2)
	both, ok := rs.Tiered(near, newLRU(t, 100)).(counting)
	if !ok {
		t.Fatal("tiers with an LRU in front do not know how full they are")
	}
	fill(t, both, 5)
	if both.Len() != 2 || both.Evictions() != 3 {
		t.Errorf("%d entries, %d evictions, want 2 and 3", both.Len(), both.Evictions())
	}
	if _, ok := rs.Tiered(&memory{}, near).(counting); ok {
		t.Error("tiers whose near cache does not know how full it is pretend to know")
	}
}

func TestCacheStats(t *testing.T) {
	t.Parallel()
	answers := newWire().on(endpoint, answersToToken(t, "good"))
	cfg := config(answers)
	cfg.NegativeCacheSize = 3
	s := newServer(t, cfg)
	if got := s.CacheStats(); got != (rs.CacheStats{}) {
		t.Errorf("before anything: %+v", got)
	}
	for i := range 5 {
		outcome(s, "good")
		outcome(s, fmt.Sprint("bad", i))
	}
	want := rs.CacheStats{Active: rs.CacheFill{Entries: 1}, Inactive: rs.CacheFill{Entries: 3, Evictions: 2}}
	if got := s.CacheStats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Those that a Server did not make are somebody else's to count.
func TestCacheStatsOfNone(t *testing.T) {
	t.Parallel()
	own := config(newWire().on(endpoint, answersToToken(t, "good")))
	own.Cache = newLRU(t, 10)
	none := config(newWire().on(endpoint, answersToToken(t, "good")))
	none.CacheSize = -1
	for name, cfg := range map[string]rs.Config{"its own": own, "none": none} {
		s := newServer(t, cfg)
		outcome(s, "good")
		if got := s.CacheStats(); got != (rs.CacheStats{}) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestCacheStatsOfUserInfo(t *testing.T) {
	t.Parallel()
	_, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
	cfg.CacheSize = 1
	s := newServer(t, cfg)
	for _, token := range []string{"a", "b"} {
		if _, err := s.UserInfo(admitted(t, s, token)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := s.CacheStats().UserInfo, (rs.CacheFill{Entries: 1, Evictions: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCacheStatsOfIssuers(t *testing.T) {
	t.Parallel()
	w := newWire().on(alpha+"/introspection", says(t, alpha, "alice", "a")).on(beta+"/introspection", says(t, beta, "bob", "b"))
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(w, alpha), of(w, beta)}, Now: func() time.Time { return epoch }})
	for _, token := range []string{"a", "b"} {
		who(all, token)
	}
	want := rs.CacheStats{Active: rs.CacheFill{Entries: 2}, Inactive: rs.CacheFill{Entries: 1}} // alpha does not know b
	if got := all.CacheStats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
