package rs

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// places bounds the calls to the authorization server that are under way, and the wait for one: a flood of new tokens
// must not become a flood there, nor a queue without end here. A Server has three: for introspections, for UserInfo,
// and for the decryption of access tokens. A nil *places bounds nothing.
type places struct {
	free    *semaphore.Weighted
	waiting atomic.Int64
	queue   int64 // how many may wait
	wait    time.Duration
}

// queuePerPlace: a queue longer than this would not be served within any sensible wait.
const queuePerPlace = 32

func newPlaces(n int, wait time.Duration) *places {
	if n == 0 {
		return nil
	}
	return &places{free: semaphore.NewWeighted(int64(n)), queue: int64(n) * queuePerPlace, wait: wait}
}

// take waits for a place, not for long, and returns how to leave it.
func (p *places) take(ctx context.Context) (leave func(), failure *Error) {
	if p == nil {
		return func() {}, nil
	}
	leave = func() { p.free.Release(1) }
	if p.free.TryAcquire(1) {
		return leave, nil
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > p.queue {
		return nil, overloaded()
	}
	waiting, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	switch {
	case p.free.Acquire(waiting, 1) == nil:
		return leave, nil
	case ctx.Err() != nil:
		return nil, transportError(ctx, ctx.Err())
	}
	return nil, overloaded()
}

func overloaded() *Error {
	failure := unavailable(ReasonOverloaded, "too many calls to the authorization server, or decryptions, are under way")
	failure.innocent, failure.RetryAfter = true, time.Second
	return failure
}
