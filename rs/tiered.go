package rs

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// nearTTL bounds how long the near cache may keep what it got from the far one, whose remaining time nobody knows.
const nearTTL = time.Second

// Tiered is a [Cache] that asks near, then far: an LRU in front of Redis. What only far has is copied to near for one second,
// so far is given a ttl one second shorter: together they never exceed a ttl of more than a second. A refresh ahead of time
// looks into far first, where another server may have put a newer answer. If near has the methods Len and Evictions of
// [NewLRU], the Cache has them too, and they speak of near.
func Tiered(near, far Cache) Cache {
	tiers := &tiered{near, far}
	if counting, ok := near.(countingCache); ok {
		return countedTiers{tiers, counting}
	}
	return tiers
}

type tiered struct{ near, far Cache }

func (t *tiered) Get(ctx context.Context, key CacheKey) (*Introspection, bool, error) {
	in, found, nearErr := t.near.Get(ctx, key)
	if found && nearErr == nil {
		return in, true, nil
	}
	in, found, farErr := behind{t}.Get(ctx, key)
	if !found {
		return nil, false, join(nearErr, farErr)
	}
	return in, true, nil
}

func (t *tiered) Put(ctx context.Context, key CacheKey, in *Introspection, ttl time.Duration) error {
	farTTL := max(ttl-nearTTL, time.Millisecond) // short as it may be, it replaces what far holds
	return join(t.near.Put(ctx, key, in, ttl), t.far.Put(ctx, key, in, farTTL))
}

// join leaves an error that is the only one as it is: a log tells no more of a cache's error than its type.
func join(near, far error) error {
	if near != nil && far != nil {
		return errors.Join(near, far)
	}
	return cmp.Or(near, far)
}

// beyond is what other servers see too.
func (t *tiered) beyond() Cache { return behind{t} }

// behind asks far at once.
type behind struct{ *tiered }

func (b behind) Get(ctx context.Context, key CacheKey) (*Introspection, bool, error) {
	in, found, err := b.far.Get(ctx, key)
	if !found || err != nil || in == nil {
		return nil, false, err
	}
	if newer, found, err := b.near.Get(ctx, key); err == nil && found && newer != nil && newer.received > in.received {
		return newer, true, nil // it came while far was on its way
	}
	_ = b.near.Put(ctx, key, in, nearTTL) // a near cache that fails has said so, or will at the next Get
	return in, true, nil
}
