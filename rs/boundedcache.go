package rs

import (
	"context"
	"time"
)

// cacheShare of the budget is what a look into a cache may take: a decision may look twice and store once, and the rest must do
// for the authorization server.
const cacheShare = 10

// boundedCache gives up on a cache of the application's own, whose network may hang, in time to do without it. A request
// has no deadline of its own.
type boundedCache struct {
	Cache

	limit time.Duration
}

// bounded leaves an LRU of ours alone: it never waits.
func bounded(cache Cache, budget time.Duration) Cache {
	if _, ours := cache.(ownCache); ours {
		return cache
	}
	return &boundedCache{cache, max(budget/cacheShare, time.Millisecond)}
}

func (b *boundedCache) Get(ctx context.Context, key CacheKey) (*Introspection, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	return b.Cache.Get(ctx, key)
}

func (b *boundedCache) Put(ctx context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	return b.Cache.Put(ctx, key, in, ttl)
}
