package rs

import (
	"context"
	"sync"
	"time"
)

// remote is a document of the authorization server: its JWK Set, or its metadata. A document that is at hand is used at
// once; only the first fetch, and one for something that the document does not have, make a request wait, and no longer
// than its own deadline. A failed fetch never takes a document away.
type remote[T any] struct {
	fetch    func(context.Context) (*T, *Error)
	start    func(context.Context, time.Duration, func(context.Context)) bool // beside the requests
	late     *Error                                                           // for whoever does not wait until it arrives
	ttl      time.Duration                                                    // age at which it is refreshed beside the requests
	cooldown time.Duration                                                    // least time between two fetches for something unknown
	maxStale time.Duration                                                    // how long beyond ttl it is used while there is no newer one
	timeout  time.Duration
	now      func() time.Time

	mu          sync.Mutex
	current     *T        // last good one; nil before the first
	failure     *Error    // of the last fetch
	fetchedAt   time.Time // when the last fetch ended
	refreshAt   time.Time // when current wants a refresh, or the next first attempt may be made
	uselessAt   time.Time // when current is too old to be trusted
	nextUnknown time.Time // when something unknown may cause the next fetch
	running     *fetching[T]
}

func newRemote[T any](s *Server, fetch func(context.Context) (*T, *Error), late *Error) *remote[T] {
	return &remote[T]{
		fetch: fetch, start: s.background.start, late: late, now: s.cfg.Now, timeout: s.cfg.Timeout,
		ttl: s.cfg.JWKSTTL, cooldown: s.cfg.JWKSCooldown, maxStale: s.cfg.JWKSMaxStale,
	}
}

// firstRetry is the least time between two attempts to get the first document: there is nothing to fall back on.
const firstRetry = time.Second

// fetching is a fetch under way. Its result may be read when done is closed.
type fetching[T any] struct {
	done     chan struct{}
	document *T
	failure  *Error
}

// get is the document at hand, or the first one.
func (r *remote[T]) get(ctx context.Context) (*T, *Error) {
	document, running, failure := r.look(ctx)
	if running == nil {
		return document, failure
	}
	return r.wait(ctx, running)
}

// atHand is nil once there is a document. It does not wait, but has it fetched if it is missing.
func (r *remote[T]) atHand() error {
	_, running, failure := r.look(context.Background())
	switch {
	case running != nil:
		return r.late.own()
	case failure != nil:
		return failure.own()
	}
	return nil
}

// look is the document at hand; or why there is none; or the fetch under way, which it begins where it may.
func (r *remote[T]) look(ctx context.Context) (*T, *fetching[T], *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.current != nil && now.Before(r.uselessAt) {
		if !now.Before(r.refreshAt) {
			r.begin(ctx)
		}
		return r.current, nil, nil
	}
	if r.running == nil && now.Before(r.refreshAt) {
		return nil, nil, r.failure // of a moment ago
	}
	return nil, r.begin(ctx), nil
}

// replaced is what came of the wish for another document.
type replaced[T any] struct {
	fresh    *T        // nil: there is none to be had now
	isNewest bool      // its fetch began for this wish, and not for one before
	next     time.Time // when the next fetch for something unknown may begin; zero: soon
}

// replace has a newer document than stale fetched, if that may be now.
func (r *remote[T]) replace(ctx context.Context, stale *T) replaced[T] {
	known, running := r.beginUnknown(ctx, stale)
	if running == nil {
		return known
	}
	fresh, failure := r.wait(ctx, running)
	if failure != nil {
		return replaced[T]{}
	}
	known.fresh = fresh
	return known
}

// beginUnknown is what can be said without a fetch, and the one to wait for.
func (r *remote[T]) beginUnknown(ctx context.Context, stale *T) (known replaced[T], running *fetching[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	switch {
	case r.current != stale:
		return replaced[T]{fresh: r.current, next: r.nextUnknown}, nil
	case r.running != nil:
		return replaced[T]{next: r.nextUnknown}, r.running
	case now.Before(r.nextUnknown):
		return replaced[T]{next: r.nextUnknown}, nil
	}
	r.nextUnknown = now.Add(r.cooldown)
	return replaced[T]{isNewest: true, next: r.nextUnknown}, r.begin(ctx)
}

// begin starts a fetch, or joins the one under way. The fetch outlives the request that caused it, but not its timeout.
// r.mu must be held.
func (r *remote[T]) begin(ctx context.Context) *fetching[T] {
	if r.running != nil {
		return r.running
	}
	running := &fetching[T]{done: make(chan struct{})}
	started := r.start(ctx, r.timeout, func(ctx context.Context) {
		defer close(running.done)
		defer r.finish(running)
		defer func() { running.failure = recovered(recover(), running.failure) }()
		running.document, running.failure = r.fetch(ctx)
	})
	if !started {
		running.failure = closedError()
		close(running.done)
		return running
	}
	r.running = running
	return running
}

// finish keeps what is good and plans the next attempt.
func (r *remote[T]) finish(f *fetching[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.failure = nil, f.failure
	now := r.now()
	r.fetchedAt = now
	switch {
	case f.failure == nil:
		r.current, r.refreshAt, r.uselessAt = f.document, now.Add(r.ttl), now.Add(r.ttl+r.maxStale)
	case !now.Before(r.uselessAt): // there is none, or none of use
		r.refreshAt = now.Add(firstRetry)
	default:
		r.refreshAt = now.Add(max(r.cooldown, firstRetry))
		r.nextUnknown = earlier(r.nextUnknown, now.Add(firstRetry)) // what was unknown still is: during a rotation, every answer
	}
}

// doubt has the document refreshed beside the requests when the last fetch is a cool-down ago, and not only when it is due.
func (r *remote[T]) doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshAt = earlier(r.refreshAt, r.fetchedAt.Add(max(r.cooldown, firstRetry)))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (r *remote[T]) wait(ctx context.Context, f *fetching[T]) (*T, *Error) {
	select {
	case <-f.done:
		return f.document, f.failure
	case <-ctx.Done():
		return nil, r.late
	}
}
