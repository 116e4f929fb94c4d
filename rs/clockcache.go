package rs

import (
	"context"
	"encoding/binary"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// clockCache is the large cache of [NewLRU]: a table that never grows, in which whoever looks something up takes no lock.
// An entry is a copy of the facts that knows its key and its time. See docs/adr/0018-clock-for-large-caches.md, also for
// what it costs.
type clockCache struct {
	groups []clockGroup // in the order of the keys; the garbage collector has nothing to look for in them
	slots  []clockSlot  // in the order in which they were filled, as the entries lie in memory, or a collection takes half as long again
	now    func() time.Time

	mu        sync.Mutex // of whoever changes more than the note that an entry was used
	hand      int        // the group that is asked next to give something up
	entries   int        // the slots that have one, from the first on
	evictions uint64
}

// clockSlot has an entry, which is replaced by another and never changed.
type clockSlot struct{ atomic.Pointer[Introspection] }

// groupFill is how many entries a group has on average when the cache is full. There are twelve ways, so that next to no
// entry finds none before.
const groupFill = 5

func newClockCache(size int, now func() time.Time) *clockCache {
	return &clockCache{groups: make([]clockGroup, (size+groupFill-1)/groupFill), slots: make([]clockSlot, size), now: now}
}

// group is where the entry of a key is, if anywhere. Keys are digests, so each group has the same share of them.
func (c *clockCache) group(key *lruKey) *clockGroup {
	i, _ := bits.Mul64(binary.BigEndian.Uint64(key[:]), uint64(len(c.groups)))
	return &c.groups[i]
}

func (c *clockCache) Get(_ context.Context, key CacheKey) (*Introspection, bool, error) {
	in, found := c.at(key, c.now())
	return in, found, nil
}

func (c *clockCache) at(key CacheKey, now time.Time) (*Introspection, bool) {
	short := (*lruKey)(key[:])
	group := c.group(short)
	in, way := group.find(short, c.slots)
	if in == nil || now.UnixNano() >= in.expires {
		return nil, false
	}
	group.use(way)
	return in, true
}

func (c *clockCache) Put(_ context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	now := c.now()
	c.put(in.keptAs(lruKey(key[:]), now.Add(ttl).UnixNano()), now.UnixNano())
	return nil
}

func (c *clockCache) put(entry *Introspection, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	group := c.group(&entry.key)
	if in, way := group.find(&entry.key, c.slots); in != nil {
		c.slots[group.slots[way].Load()].Store(entry)
		group.use(way)
		return
	}
	slot := c.room(group, now)
	way, _ := group.free()
	c.slots[slot].Store(entry)
	group.set(way, &entry.key, slot)
}

// room is a slot for an entry of a group that has a way for it: a new slot while there is one, else that of an entry that has to go.
func (c *clockCache) room(group *clockGroup, now int64) (slot uint32) {
	_, isFree := group.free()
	switch {
	case !isFree: // though there may be room elsewhere
		way, _ := group.leastNeeded(c.slots, now)
		c.evictions++
		return group.clear(way)
	case c.entries == len(c.slots):
		c.evictions++
		return c.evict(now)
	}
	c.entries++
	return uint32(c.entries - 1) //nolint:gosec // G115: a size that fits into memory
}

// evict lets the hand go on to a group with an entry that is past its time, or was not used since the hand last came by: that
// one goes. The hand does not look for long: where all that it passes are in use, as many are as anywhere.
func (c *clockCache) evict(now int64) (slot uint32) {
	const enough = 64
	for looked := 1; ; looked++ {
		group := &c.groups[c.hand]
		if c.hand++; c.hand == len(c.groups) {
			c.hand = 0
		}
		way, least := group.leastNeeded(c.slots, now)
		if least < used || least == used && looked >= enough {
			return group.clear(way)
		}
	}
}

// Len is the number of entries, those past their time included.
func (c *clockCache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries
}

// Evictions is the number of entries that had to make room for others.
func (c *clockCache) Evictions() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.evictions
}
