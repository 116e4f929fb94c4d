package rs_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// large is the smallest size of a cache that is no exact LRU. Its keys are in groups, each of which has room for groupRoom.
const (
	large     = 4096
	groupRoom = 12
)

func newLarge(t *testing.T, clk *clock) rs.Cache {
	t.Helper()
	cache, err := rs.NewLRU(large, clk.Now)
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// digest is a key like those of tokens, anywhere in the cache.
func digest(i int) (key rs.CacheKey) {
	random := rand.New(rand.NewPCG(7, uint64(i)))
	for at := 0; at < len(key); at += 8 {
		binary.LittleEndian.PutUint64(key[at:], random.Uint64())
	}
	return key
}

// neighbour is a key of which all others are in the same group: it begins like them. Every other one ends like them too.
func neighbour(i int) (key rs.CacheKey) {
	key[8], key[15] = byte(i), byte(i%2)
	return key
}

func factsAbout(t testing.TB, i int) *rs.Introspection {
	t.Helper()
	in := new(rs.Introspection)
	if err := json.Unmarshal(fmt.Appendf(nil, `{"received":1,"response":{"active":true,"sub":"%d"}}`, i), in); err != nil {
		t.Fatal(err)
	}
	return in
}

// same compares facts: a cache may keep a copy.
func same(t testing.TB, a, b *rs.Introspection) bool {
	t.Helper()
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	return string(x) == string(y)
}

func store(t *testing.T, cache rs.Cache, key rs.CacheKey, ttl time.Duration) {
	t.Helper()
	if err := cache.Put(t.Context(), key, &rs.Introspection{}, ttl); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, cache rs.Cache, key rs.CacheKey) bool {
	t.Helper()
	_, found, err := cache.Get(t.Context(), key)
	return found && err == nil
}

// TestALargeLRUHasRoomForItsSize but for the few keys of which chance has brought too many into one group, and never for more.
func TestALargeLRUHasRoomForItsSize(t *testing.T) {
	t.Parallel()
	for _, size := range []int{large, large + 1, 10_000, 100_000} {
		cache := newLRU(t, size)
		for i := range size {
			_ = cache.Put(t.Context(), digest(i), &rs.Introspection{}, time.Hour)
		}
		if early := cache.Evictions(); cache.Len() != size-int(early) || early > uint64(size/500) {
			t.Errorf("size %d: %d entries, of %d put there %d had to go", size, cache.Len(), size, early)
		}
		for i := range size {
			_ = cache.Put(t.Context(), digest(size+i), &rs.Introspection{}, time.Hour)
		}
		if cache.Len() != size {
			t.Errorf("size %d: %d entries after twice as many were put there", size, cache.Len())
		}
	}
}

// TestALargeLRUKeepsWhatIsUsed: whoever is used as often as the hand comes round stays, whatever else passes through.
func TestALargeLRUKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	cache := newLarge(t, newClock())
	for i := range 10 * large {
		store(t, cache, digest(i), time.Hour)
		for used := range min(i+1, 5) {
			if !holds(t, cache, digest(used)) {
				t.Fatalf("after %d others, entry %d is gone though it is in use", i, used)
			}
		}
	}
}

// TestALargeLRUMakesRoom with what is not used, wherever the hand comes by; the few exceptions are in groups that were full.
func TestALargeLRUMakesRoom(t *testing.T) {
	t.Parallel()
	const more = large / 8
	cache := newLRU(t, large)
	for i := range large {
		store(t, cache, digest(i), time.Hour)
	}
	var used []rs.CacheKey
	for i := range large / 2 {
		if key := digest(2 * i); holds(t, cache, key) {
			used = append(used, key)
		}
	}
	for i := range more {
		store(t, cache, digest(large+i), time.Hour)
	}
	gone := 0
	for _, key := range used {
		if !holds(t, cache, key) {
			gone++
		}
	}
	if gone > more/100 {
		t.Errorf("of %d entries that were used %d had to go for %d, and half of the others were not used", len(used), gone, more)
	}
	if evictions := cache.Evictions(); cache.Len() != large || evictions != more {
		t.Errorf("%d entries and %d evictions, want %d and %d", cache.Len(), evictions, large, more)
	}
}

// TestALargeLRUWhereAllIsUsed has room for one more all the same.
func TestALargeLRUWhereAllIsUsed(t *testing.T) {
	t.Parallel()
	cache := newLarge(t, newClock())
	for i := range 2 * large { // the second time, each is used
		store(t, cache, digest(i%large), time.Hour)
	}
	for i := range large {
		store(t, cache, digest(large+i), time.Hour)
		if !holds(t, cache, digest(large+i)) {
			t.Fatalf("entry %d of those that came later is not there", i)
		}
	}
}

// TestAGroupThatIsFull parts with what is needed least: past its time, or else not used, or else any.
func TestAGroupThatIsFull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		past, unused int // the entry that is so; -1: none
		gone         int // the entry that goes; -1: any
	}{
		{"one is past its time", 9, -1, 9},
		{"one is past its time, and another one was not used", 11, 3, 11},
		{"one of the first six was not used", -1, 5, 5},
		{"one of the last six was not used", -1, 10, 10},
		{"all were used", -1, -1, -1},
	} {
		clk := newClock()
		cache := newLarge(t, clk)
		for i := range groupRoom {
			ttl := time.Hour
			if i == c.past {
				ttl = time.Minute
			}
			store(t, cache, neighbour(i), ttl)
		}
		for i := range groupRoom {
			if i != c.unused && !holds(t, cache, neighbour(i)) {
				t.Fatalf("%s: entry %d of %d is not there", c.name, i, groupRoom)
			}
		}
		clk.advance(time.Minute)
		store(t, cache, neighbour(groupRoom), time.Hour)
		gone := 0
		for i := range groupRoom + 1 {
			if holds(t, cache, neighbour(i)) {
				continue
			}
			if gone++; i != c.gone && c.gone >= 0 || i == groupRoom {
				t.Errorf("%s: entry %d had to go", c.name, i)
			}
		}
		if counted := cache.(counting); gone != 1 || counted.Len() != groupRoom || counted.Evictions() != 1 {
			t.Errorf("%s: %d had to go, %d entries, %d evictions", c.name, gone, counted.Len(), counted.Evictions())
		}
	}
}

// TestAGroupForgetsUse when something had to go: what was used before that is no more than what was not.
func TestAGroupForgetsUse(t *testing.T) {
	t.Parallel()
	cache := newLarge(t, newClock())
	for i := range groupRoom {
		store(t, cache, neighbour(i), time.Hour)
	}
	for i := range groupRoom - 1 {
		holds(t, cache, neighbour(i))
	}
	store(t, cache, neighbour(groupRoom), time.Hour) // in place of the last
	for i := range groupRoom + 1 {
		if i != 4 && i != groupRoom-1 {
			holds(t, cache, neighbour(i))
		}
	}
	store(t, cache, neighbour(groupRoom+1), time.Hour)
	if holds(t, cache, neighbour(4)) {
		t.Error("what was used only before something had to go is still there")
	}
}

// TestALargeLRUReplaces: a key has one entry, the last, and whoever puts a key anew uses it.
func TestALargeLRUReplaces(t *testing.T) {
	t.Parallel()
	clk := newClock()
	cache := newLarge(t, clk)
	for i := range groupRoom {
		store(t, cache, neighbour(i), time.Minute)
	}
	for i := range groupRoom {
		if i != 11 {
			if err := cache.Put(t.Context(), neighbour(i), factsAbout(t, i), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
	}
	if counted := cache.(counting); counted.Len() != groupRoom || counted.Evictions() != 0 {
		t.Errorf("%d entries and %d evictions, want %d and none", counted.Len(), counted.Evictions(), groupRoom)
	}
	store(t, cache, neighbour(groupRoom), time.Hour)
	clk.advance(time.Minute)
	for i := range groupRoom {
		got, found, err := cache.Get(t.Context(), neighbour(i))
		if err != nil || found != (i != 11) || found && !same(t, got, factsAbout(t, i)) {
			t.Errorf("entry %d: found %v, %v, or not the last facts", i, found, err)
		}
	}
}

// TestALargeLRUIsThereWhileItIsReplaced: nobody misses what is put anew.
func TestALargeLRUIsThereWhileItIsReplaced(t *testing.T) {
	t.Parallel()
	cache := newLarge(t, newClock())
	store(t, cache, neighbour(0), time.Hour)
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() {
			for range 5000 {
				_ = cache.Put(t.Context(), neighbour(0), &rs.Introspection{}, time.Hour)
			}
		})
		callers.Go(func() {
			for range 5000 {
				if _, found, _ := cache.Get(t.Context(), neighbour(0)); !found {
					t.Error("missing while it is replaced")
					return
				}
			}
		})
	}
	callers.Wait()
}

// TestALargeLRUNeverMixesUp: with many callers at once, a key has the facts that were put under it, or none.
func TestALargeLRUNeverMixesUp(t *testing.T) {
	t.Parallel()
	cache := newLarge(t, newClock())
	facts := make([]*rs.Introspection, 4*groupRoom)
	for i := range facts {
		facts[i] = factsAbout(t, i)
	}
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(caller)))
			for range 5000 {
				i := random.IntN(len(facts))
				if random.IntN(2) == 0 {
					_ = cache.Put(t.Context(), neighbour(i), facts[i], time.Hour)
				} else if in, found, _ := cache.Get(t.Context(), neighbour(i)); found && !same(t, in, facts[i]) {
					t.Errorf("key %d has the facts of another", i)
				}
				_, _ = cache.(counting).Len(), cache.(counting).Evictions()
			}
		})
	}
	callers.Wait()
	if entries := cache.(counting).Len(); entries != groupRoom {
		t.Errorf("%d entries, room for %d", entries, groupRoom)
	}
}

// TestALargeLRUReturnsNothingPastItsTime, also while nobody needs the room.
func TestALargeLRUReturnsNothingPastItsTime(t *testing.T) {
	t.Parallel()
	clk := newClock()
	cache := newLarge(t, clk)
	store(t, cache, digest(3), time.Minute)
	clk.advance(time.Minute - time.Nanosecond)
	if !holds(t, cache, digest(3)) {
		t.Error("gone before its time")
	}
	clk.advance(time.Nanosecond)
	if holds(t, cache, digest(3)) {
		t.Error("there at the end of its time")
	}
}
