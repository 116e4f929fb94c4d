package rs

import (
	"context"
	"math/bits"
	"sync"
	"time"
)

// clockCache is the large cache of [NewLRU]: a table that never grows, in which whoever looks something up takes no lock. An
// entry is a copy of the facts that knows its key and its time, so that among very many a look-up waits for memory twice: for
// the group, and for the facts. See docs/adr/0018-clock-for-large-caches.md, also for what it costs.
type clockCache struct {
	pairs []clockPair
	room  int // entries at most
	now   func() time.Time

	mu        sync.Mutex // of whoever changes more than the note that an entry was used
	hand      int        // the group that is asked next to give something up
	entries   int
	evictions uint64
}

// clockPair is where a key can be, in the second group if the first has no way for it.
type clockPair [2]clockGroup

// free is a way without an entry; nil if there is none.
func (p *clockPair) free() (group *clockGroup, way int) {
	for i := range p {
		if way, found := p[i].free(); found {
			return &p[i], way
		}
	}
	return nil, 0
}

// pairFill is the mean of the entries in a pair of a full cache. There are 14 ways, so that next to no entry finds its pair full before.
const pairFill = 8

func newClockCache(size int, now func() time.Time) *clockCache {
	return &clockCache{pairs: make([]clockPair, (size+pairFill-1)/pairFill), room: size, now: now}
}

// pair: keys are digests, so each pair has the same share of them.
func (c *clockCache) pair(key *lruKey) *clockPair {
	i, _ := bits.Mul64(key.place(), uint64(len(c.pairs)))
	return &c.pairs[i]
}

func (c *clockCache) Get(_ context.Context, key CacheKey) (*Introspection, bool, error) {
	in, found := c.at(key, c.now())
	return in, found, nil
}

func (c *clockCache) at(key CacheKey, now time.Time) (*Introspection, bool) {
	short := (*lruKey)(key[:])
	pair := c.pair(short)
	for i := range pair {
		if in, way := pair[i].find(short); in != nil && now.UnixNano() < in.expires {
			pair[i].use(way)
			return in, true
		}
	}
	return nil, false
}

func (c *clockCache) Put(_ context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	now := c.now()
	c.put(in.keptAs(lruKey(key[:]), now.Add(ttl).UnixNano()), now.UnixNano())
	return nil
}

func (c *clockCache) put(entry *Introspection, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pair := c.pair(&entry.key)
	for i := range pair {
		if in, way := pair[i].find(&entry.key); in != nil {
			pair[i].set(way, entry)
			pair[i].use(way)
			return
		}
	}
	group, way := pair.free()
	switch {
	case group == nil:
		group, way = c.takeFrom(pair, now)
	case c.entries == c.room:
		c.evict(now)
	}
	group.set(way, entry)
	c.entries++
}

// takeFrom empties the way of the entry that a full pair needs least, though there may be room in others.
func (c *clockCache) takeFrom(pair *clockPair, now int64) (group *clockGroup, way int) {
	group = &pair[0]
	way, least := group.leastNeeded(now)
	if other, need := pair[1].leastNeeded(now); need < least {
		group, way = &pair[1], other
	}
	pair[0].forgetUse()
	pair[1].forgetUse()
	c.drop(group, way)
	return group, way
}

// evict lets the hand go on to a group with an entry that is past its time, or was not used since the hand last came by: that one
// goes. The hand does not look for long: where all that it passes are in use, as many are as anywhere.
func (c *clockCache) evict(now int64) {
	const enough = 64
	for looked := 1; ; looked++ {
		group := &c.pairs[c.hand/2][c.hand%2]
		if c.hand++; c.hand == 2*len(c.pairs) {
			c.hand = 0
		}
		way, least := group.leastNeeded(now)
		group.forgetUse()
		if least < used || least == used && looked >= enough {
			c.drop(group, way)
			return
		}
	}
}

func (c *clockCache) drop(group *clockGroup, way int) {
	group.clear(way)
	c.entries--
	c.evictions++
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
