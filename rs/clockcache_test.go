package rs_test

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// large is the smallest size with parts; all keys of a test are in one of them, which has room for partRoom.
const (
	large    = 4096
	partRoom = large / 16
)

func numbered(i int) (key rs.CacheKey) {
	binary.LittleEndian.PutUint64(key[:], uint64(i))
	return key
}

// partOfLarge is one part of a large cache, filled with entries that expire after ttl.
func partOfLarge(t *testing.T, clk *clock, ttl time.Duration) rs.Cache {
	t.Helper()
	cache, err := rs.NewLRU(large, clk.Now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range partRoom {
		store(t, cache, i, ttl)
	}
	return cache
}

func store(t *testing.T, cache rs.Cache, i int, ttl time.Duration) *rs.Introspection {
	t.Helper()
	in := &rs.Introspection{}
	if err := cache.Put(t.Context(), numbered(i), in, ttl); err != nil {
		t.Fatal(err)
	}
	return in
}

func holds(t *testing.T, cache rs.Cache, i int) bool {
	t.Helper()
	_, found, err := cache.Get(t.Context(), numbered(i))
	return found && err == nil
}

// TestALargeLRUKeepsWhatIsUsed: whoever is used as often as the hand comes round stays, whatever else passes through.
func TestALargeLRUKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	cache := partOfLarge(t, newClock(), time.Hour)
	for i := range 10 * partRoom {
		for used := range 5 {
			if !holds(t, cache, used) {
				t.Fatalf("after %d strangers, entry %d is gone though it is in use", i, used)
			}
		}
		store(t, cache, partRoom+i, time.Hour)
	}
	if entries := cache.(counting).Len(); entries != partRoom {
		t.Errorf("%d entries, room for %d", entries, partRoom)
	}
}

// TestALargeLRUPushesOutWhatIsPastItsTime, used or not, before anything that is good.
func TestALargeLRUPushesOutWhatIsPastItsTime(t *testing.T) {
	t.Parallel()
	clk := newClock()
	cache := partOfLarge(t, clk, time.Hour)
	store(t, cache, 7, time.Minute)
	for i := range partRoom {
		holds(t, cache, i)
	}
	clk.advance(time.Minute)
	store(t, cache, partRoom, time.Hour)
	for i := range partRoom + 1 {
		if got, want := holds(t, cache, i), i != 7; got != want {
			t.Errorf("entry %d: held %v, want %v", i, got, want)
		}
	}
}

// TestALargeLRUReplaces: a key has one entry, the last.
func TestALargeLRUReplaces(t *testing.T) {
	t.Parallel()
	clk := newClock()
	cache := partOfLarge(t, clk, time.Minute)
	want := store(t, cache, 3, time.Hour)
	clk.advance(time.Minute)
	if got, found, err := cache.Get(t.Context(), numbered(3)); got != want || !found || err != nil {
		t.Errorf("got %p, %v, %v, want %p", got, found, err, want)
	}
	if counted := cache.(counting); counted.Len() != partRoom || counted.Evictions() != 0 {
		t.Errorf("%d entries and %d evictions, want %d and none", counted.Len(), counted.Evictions(), partRoom)
	}
}

// TestALargeLRUForgetsWhatIsNotUsed, in whatever slot it is, and counts what it forgets.
func TestALargeLRUForgetsWhatIsNotUsed(t *testing.T) {
	t.Parallel()
	cache := partOfLarge(t, newClock(), time.Hour)
	for i := range partRoom {
		store(t, cache, partRoom+i, time.Hour)
	}
	for i := range 2 * partRoom {
		if got, want := holds(t, cache, i), i >= partRoom; got != want {
			t.Errorf("entry %d: held %v, want %v", i, got, want)
		}
	}
	if n := cache.(counting).Evictions(); n != partRoom {
		t.Errorf("%d evictions, want %d", n, partRoom)
	}
}

// TestALargeLRUKeepsWhatIsReplaced: whoever puts a key anew uses it.
func TestALargeLRUKeepsWhatIsReplaced(t *testing.T) {
	t.Parallel()
	cache := partOfLarge(t, newClock(), time.Hour)
	store(t, cache, 0, time.Hour)
	store(t, cache, partRoom, time.Hour)
	if !holds(t, cache, 0) || holds(t, cache, 1) {
		t.Error("the entry that was just replaced is gone, or the first that was not is still there")
	}
}

// TestALargeLRUKeepsWhatWasUsedBeforeItGrew to its size.
func TestALargeLRUKeepsWhatWasUsedBeforeItGrew(t *testing.T) {
	t.Parallel()
	cache, err := rs.NewLRU(large, nil)
	if err != nil {
		t.Fatal(err)
	}
	store(t, cache, 0, time.Hour)
	holds(t, cache, 0)
	for i := range partRoom {
		store(t, cache, 1+i, time.Hour) // the last needs the room of another
	}
	if !holds(t, cache, 0) || holds(t, cache, 1) {
		t.Error("the entry that was used is gone, or the first that was not is still there")
	}
}

// TestALargeLRUHasRoomForItsSize, also where it does not divide by the number of parts.
func TestALargeLRUHasRoomForItsSize(t *testing.T) {
	t.Parallel()
	cache, err := rs.NewLRU(large+1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range partRoom + 1 {
		store(t, cache, i, time.Hour)
	}
	if !holds(t, cache, 0) {
		t.Error("the first entry had to go")
	}
}

// TestALargeLRUNeverMixesUp: with many callers at once, a key has the facts that were put under it, or none.
func TestALargeLRUNeverMixesUp(t *testing.T) {
	t.Parallel()
	cache, err := rs.NewLRU(large, nil)
	if err != nil {
		t.Fatal(err)
	}
	facts := make([]*rs.Introspection, 4*partRoom)
	for i := range facts {
		facts[i] = &rs.Introspection{}
	}
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(caller)))
			for range 5000 {
				i := random.IntN(len(facts))
				if random.IntN(2) == 0 {
					_ = cache.Put(t.Context(), numbered(i), facts[i], time.Hour)
				} else if in, found, _ := cache.Get(t.Context(), numbered(i)); found && in != facts[i] {
					t.Errorf("key %d has the facts of another", i)
				}
				_, _ = cache.(counting).Len(), cache.(counting).Evictions()
			}
		})
	}
	callers.Wait()
	if entries := cache.(counting).Len(); entries > partRoom {
		t.Errorf("%d entries, room for %d", entries, partRoom)
	}
}

// TestALargeLRUReturnsNothingPastItsTime, also while nobody needs the room.
func TestALargeLRUReturnsNothingPastItsTime(t *testing.T) {
	t.Parallel()
	clk := newClock()
	cache := partOfLarge(t, clk, time.Minute)
	clk.advance(time.Minute - time.Nanosecond)
	if !holds(t, cache, 3) {
		t.Error("gone before its time")
	}
	clk.advance(time.Nanosecond)
	if holds(t, cache, 3) {
		t.Error("there at the end of its time")
	}
}
