package rs

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// NewLRU is a [Cache] in this process that keeps the size entries used last. It starts no goroutine and no timer: an
// entry past its ttl, by the clock now (nil: time.Now), is never returned; it is replaced or pushed out in time.
//
// From 4096 entries on it is split into parts, each an LRU with a lock of its own, and notes the use of an entry only once
// in ten seconds: which entry is pushed out is then exact to within ten seconds.
//
// It also has the methods Len() int and Evictions() uint64: the entries, those past their time included, and how many had to make
// room for others. They are for metrics.
func NewLRU(size int, now func() time.Time) (Cache, error) {
	if now == nil {
		now = time.Now
	}
	c, err := newLRU(size, now)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func newLRU(size int, now func() time.Time) (*lruCache, error) {
	c := &lruCache{parts: make([]*lruPart, 1), now: now, evictions: new(atomic.Uint64)}
	if size >= manyEntries {
		c.parts = make([]*lruPart, lruParts)
		c.noteEvery = 10
	}
	for i := range c.parts {
		part, err := lru.New[lruKey, lruEntry]((size + len(c.parts) - 1) / len(c.parts))
		if err != nil {
			return nil, fmt.Errorf("rs: an LRU needs room for at least one entry: %w", err)
		}
		c.parts[i] = part
	}
	return c, nil
}

const (
	manyEntries = 4096
	lruParts    = 16 // a power of two
)

type lruCache struct {
	parts     []*lruPart
	now       func() time.Time
	noteEvery uint32         // seconds; 0: note every use
	evictions *atomic.Uint64 // apart from what every Get reads
}

type lruPart = lru.Cache[lruKey, lruEntry]

// lruKey is half of a CacheKey: 128 bits of a salted SHA-256 are out of anybody's reach too, and a million entries are
// 40 MB smaller.
type lruKey [16]byte

// lruEntry has its own deadline because every token has its own exp; golang-lru's expirable variant has one for all, and
// a goroutine that nothing can stop.
type lruEntry struct {
	facts   *Introspection
	expires int64 // Unix nanoseconds
}

// part: the half of the key that lruKey leaves out decides, so every part sees evenly spread keys.
func (c *lruCache) part(key CacheKey) (*lruPart, lruKey) {
	return c.parts[int(binary.LittleEndian.Uint32(key[16:]))&(len(c.parts)-1)], lruKey(key[:16])
}

func (c *lruCache) Get(_ context.Context, key CacheKey) (*Introspection, bool, error) {
	in, found := c.at(key, c.now())
	return in, found, nil
}

// at is Get at a time.
func (c *lruCache) at(key CacheKey, now time.Time) (*Introspection, bool) {
	part, k := c.part(key)
	get := part.Get
	if c.noteEvery > 0 {
		get = part.Peek // takes a read lock and touches no neighbour: three cache misses less
	}
	entry, found := get(k)
	if !found || now.UnixNano() >= entry.expires { // not removed: a fresh Put may just be replacing it
		return nil, false
	}
	if c.noteEvery > 0 && entry.facts.noteUse(now, c.noteEvery) {
		part.Get(k)
	}
	return entry.facts, true
}

func (c *lruCache) Put(_ context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	part, k := c.part(key)
	now := c.now()
	in.noteUse(now, 0)
	if part.Add(k, lruEntry{in, now.Add(ttl).UnixNano()}) {
		c.evictions.Add(1)
	}
	return nil
}

// noteUse notes that the facts are in use, and says whether that was not known for so many seconds.
func (in *Introspection) noteUse(now time.Time, every uint32) bool {
	seconds := uint32(now.Unix()) //nolint:gosec // G115: only differences matter, and they are taken modulo 2^32
	if last := atomic.LoadUint32(&in.touched); seconds-last < every {
		return false
	}
	atomic.StoreUint32(&in.touched, seconds)
	return true
}
