package rs_test

import (
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestAnLRUKeepsWhatIsUsed: of a large one, what was used more than ten seconds after it was put there.
func TestAnLRUKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ size, room int }{{2, 2}, {4095, 4095}, {4096, 256}, {10000, 625}} { // room of the part that all our keys are in
		clk := newClock()
		cache, err := rs.NewLRU(c.size, clk.Now)
		if err != nil {
			t.Fatal(err)
		}
		key := func(i int) rs.CacheKey { return rs.CacheKey{byte(i), byte(i >> 8)} }
		put := func(i int) {
			if err := cache.Put(t.Context(), key(i), &rs.Introspection{}, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		has := func(i int) bool { _, found, _ := cache.Get(t.Context(), key(i)); return found }
		for i := range c.room {
			put(i)
		}
		clk.advance(11 * time.Second)
		if !has(0) {
			t.Errorf("size %d: the first of %d entries is not there", c.size, c.room)
		}
		put(c.room)
		if !has(0) || has(1) || !has(c.room) {
			t.Errorf("size %d: one entry too many pushed out the one in use (%v), or not the one used least (%v)", c.size, !has(0), has(1))
		}
	}
}

// TestAnLRUTellsKeysApart by every byte of their first half, which is 128 bits of a digest, and more than anybody can make meet.
func TestAnLRUTellsKeysApart(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 100_000} {
		cache, err := rs.NewLRU(size, nil)
		if err != nil {
			t.Fatal(err)
		}
		facts := map[rs.CacheKey]*rs.Introspection{{}: {}}
		for i := range 16 {
			for _, value := range []byte{1, 16} { // 16 in the last is the same part of a large one
				var key rs.CacheKey
				key[i] = value
				facts[key] = &rs.Introspection{}
			}
		}
		for key, in := range facts {
			if err := cache.Put(t.Context(), key, in, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for key, want := range facts {
			if got, found, _ := cache.Get(t.Context(), key); !found || got != want {
				t.Errorf("size %d, key %x: found %v, other facts %v", size, key, found, found && got != want)
			}
		}
	}
}
