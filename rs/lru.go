package rs

import (
	"context"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// NewLRU is a [Cache] in this process that keeps the size entries used last. It starts no goroutine and no timer: an
// entry past its ttl, by the clock now (nil: time.Now), is never returned; it is replaced or pushed out in time.
func NewLRU(size int, now func() time.Time) (Cache, error) {
	entries, err := lru.New[CacheKey, lruEntry](size)
	if err != nil {
		return nil, fmt.Errorf("rs: an LRU needs room for at least one entry: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &lruCache{entries, now}, nil
}

type lruCache struct {
	entries *lru.Cache[CacheKey, lruEntry]
	now     func() time.Time
}

// lruEntry has its own deadline because every token has its own exp; golang-lru's expirable variant has one for all, and
// a goroutine that nothing can stop.
type lruEntry struct {
	facts   *Introspection
	expires time.Time
}

func (c *lruCache) Get(_ context.Context, key CacheKey) (*Introspection, bool, error) {
	entry, found := c.entries.Get(key)
	if !found || !c.now().Before(entry.expires) { // not removed: a fresh Put may just be replacing it
		return nil, false, nil
	}
	return entry.facts, true, nil
}

func (c *lruCache) Put(_ context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	c.entries.Add(key, lruEntry{in, c.now().Add(ttl)})
	return nil
}
