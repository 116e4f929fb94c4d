package rs

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// NewLRU is a [Cache] in this process that keeps the size entries used last. It starts no goroutine and no timer: an
// entry past its ttl, by the clock now (nil: time.Now), is never returned, and makes room for another sooner or later.
//
// From 4096 entries on it remembers of each entry only whether it was used lately (the CLOCK algorithm), and allocates its
// table at once, 21 bytes for each of at most 100 million entries. What makes room then is an entry that was not used
// lately, though not always the one whose last use is longest ago. In return no look-up waits for another, and the garbage
// collector has a third of the work. Keys must be digests, as those of a [Server] are: of keys that begin with the same
// 8 bytes it keeps 12.
//
// The Cache also has the methods Len() int, the number of entries (those past their ttl included), and Evictions() uint64,
// how many entries had to make room for others. They are for metrics.
func NewLRU(size int, now func() time.Time) (Cache, error) {
	if size < 1 {
		return nil, errors.New("rs: an LRU needs room for at least one entry")
	}
	if size > maxEntries {
		return nil, errors.New("rs: the size of an LRU " + tooManyEntries)
	}
	if now == nil {
		now = time.Now
	}
	return newLRU(size, now), nil
}

// ownCache is a Cache that NewLRU makes.
type ownCache interface {
	Cache
	countingCache
	// at is Get at a time: it spares a cache that has our clock the reading of it.
	at(key CacheKey, now time.Time) (*Introspection, bool)
}

func newLRU(size int, now func() time.Time) ownCache {
	if size >= manyEntries {
		return newClockCache(size, now)
	}
	entries, _ := lru.New[lruKey, lruEntry](size) // fails without room only
	return &lruCache{entries: entries, now: now}
}

const (
	maxEntries     = 100_000_000 // far more than there is use for: 66 GB of answers of 450 bytes
	tooManyEntries = "is above 100000000: use less, since room for all entries is taken at once"
)

// manyEntries: below, being exact costs next to nothing.
const manyEntries = 4096

type lruCache struct {
	entries   *lru.Cache[lruKey, lruEntry]
	now       func() time.Time
	evictions atomic.Uint64
}

// lruKey is half of a CacheKey: 128 bits of a digest are out of anybody's reach too, and a million entries are
// 40 MB smaller.
type lruKey [16]byte

// lruEntry has its own deadline because every token has its own exp; golang-lru's expirable variant has one for all, and
// a goroutine that nothing can stop.
type lruEntry struct {
	facts   *Introspection
	expires int64 // Unix nanoseconds
}

func (c *lruCache) Get(_ context.Context, key CacheKey) (*Introspection, bool, error) {
	in, found := c.at(key, c.now())
	return in, found, nil
}

func (c *lruCache) at(key CacheKey, now time.Time) (*Introspection, bool) {
	entry, found := c.entries.Get(lruKey(key[:16]))
	if !found || now.UnixNano() >= entry.expires { // not removed: a fresh Put may just be replacing it
		return nil, false
	}
	return entry.facts, true
}

func (c *lruCache) Put(_ context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	if c.entries.Add(lruKey(key[:16]), lruEntry{in, c.now().Add(ttl).UnixNano()}) {
		c.evictions.Add(1)
	}
	return nil
}

// Len is the number of entries, those past their time included.
func (c *lruCache) Len() int { return c.entries.Len() }

// Evictions is the number of entries that had to make room for others.
func (c *lruCache) Evictions() uint64 { return c.evictions.Load() }
