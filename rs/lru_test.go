package rs_test

import (
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestAnLRUKeepsWhatIsUsed: in a small one it is always the entry whose use is longest ago that goes.
func TestAnLRUKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	for _, size := range []int{2, 4095} {
		cache := newLRU(t, size)
		for i := range size {
			store(t, cache, digest(i), time.Hour)
		}
		if !holds(t, cache, digest(0)) {
			t.Errorf("size %d: the first of as many entries is not there", size)
		}
		store(t, cache, digest(size), time.Hour)
		if !holds(t, cache, digest(0)) || holds(t, cache, digest(1)) || !holds(t, cache, digest(size)) {
			t.Errorf("size %d: one entry too many pushed out another one than that which was used least", size)
		}
	}
}

// TestAnLRUTellsKeysApart by every byte of their first half, which is 128 bits of a digest, and more than anybody can make meet.
func TestAnLRUTellsKeysApart(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 100_000} {
		for i := range 16 {
			var key rs.CacheKey
			key[i] = 1
			cache := newLRU(t, size)
			store(t, cache, rs.CacheKey{}, time.Hour)
			if holds(t, cache, key) {
				t.Errorf("size %d: what differs in byte %d is taken for the same", size, i)
			}
			store(t, cache, key, time.Hour)
			if !holds(t, cache, key) || !holds(t, cache, rs.CacheKey{}) || cache.Len() != 2 {
				t.Errorf("size %d: what differs in byte %d replaces the other", size, i)
			}
		}
	}
}
