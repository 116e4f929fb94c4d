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
