package rs

import (
	"context"
	"sync/atomic"
	"time"
)

// cacheShare of the budget is what a look into a cache may take: a decision may look twice and store once, and the rest must do
// for the authorization server.
const cacheShare = 10

// A cache that hangs is given briefShare of that time only, for cacheRest: else each request would wait for it three times. It is
// still looked at, because a part of it may be near and work.
const (
	briefShare = 100
	cacheRest  = 5 * time.Second
	lateShare  = 10 // an error that comes after this share of the time is one of a cache that hangs
)

// boundedCache gives up on a cache of the application's own, whose network may hang, in time to do without it. A request
// has no deadline of its own.
type boundedCache struct {
	Cache

	limit, brief time.Duration
	now          func() time.Time
	restsUntil   atomic.Pointer[time.Time] // nil: it answers
}

// bounded leaves an LRU of ours alone: it never waits.
func bounded(cache Cache, cfg *Config) Cache {
	if _, ours := cache.(ownCache); ours {
		return cache
	}
	limit := max(cfg.Budget/cacheShare, time.Millisecond)
	return &boundedCache{Cache: cache, limit: limit, brief: max(limit/briefShare, time.Millisecond), now: cfg.Now}
}

func (b *boundedCache) Get(ctx context.Context, key CacheKey) (in *Introspection, found bool, err error) {
	ctx, done := b.bound(ctx)
	defer func() { done(err) }()
	return b.Cache.Get(ctx, key)
}

func (b *boundedCache) Put(ctx context.Context, key CacheKey, in *Introspection, ttl time.Duration) (err error) {
	ctx, done := b.bound(ctx)
	defer func() { done(err) }()
	return b.Cache.Put(ctx, key, in, ttl)
}

// bound gives one look its time, and learns from it when it is done. A cache hangs if it took all of its time, and also if it gave up
// earlier by a limit of its own; an error that comes soon costs little.
func (b *boundedCache) bound(parent context.Context) (_ context.Context, done func(error)) {
	if !b.isTrusted() {
		ctx, cancel := context.WithTimeout(parent, b.brief)
		return ctx, func(error) { cancel() }
	}
	ctx, cancel := context.WithTimeout(parent, b.limit)
	began := b.now()
	return ctx, func(err error) {
		defer cancel()
		now := b.now()
		switch {
		case parent.Err() != nil: // the caller's own end says nothing about the cache
		case ctx.Err() != nil, err != nil && now.Sub(began) > b.limit/lateShare:
			until := now.Add(cacheRest)
			b.restsUntil.Store(&until)
		case b.restsUntil.Load() != nil:
			b.restsUntil.Store(nil)
		}
	}
}

// isTrusted: it answers, or it is time that one look finds out, while all others go on as before.
func (b *boundedCache) isTrusted() bool {
	until := b.restsUntil.Load()
	if until == nil {
		return true
	}
	now := b.now()
	if now.Before(*until) {
		return false
	}
	next := now.Add(cacheRest)
	return b.restsUntil.CompareAndSwap(until, &next)
}
