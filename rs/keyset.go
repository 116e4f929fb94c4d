package rs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// keySet is the authorization server's JWK Set. A set that is at hand is used at once; only the first fetch, and one for
// a key that the set does not have, make a request wait, and no longer than its own deadline. A failed fetch never
// takes keys away.
type keySet struct {
	fetch    func(context.Context) (*keys.PublicSet, *Error)
	start    func(context.Context, time.Duration, func(context.Context)) bool // beside the requests
	ttl      time.Duration                                                    // age at which a set is refreshed beside the requests
	cooldown time.Duration                                                    // least time between two fetches for an unknown key
	maxStale time.Duration                                                    // how long beyond ttl it is used while there is no newer one
	timeout  time.Duration
	now      func() time.Time

	mu          sync.Mutex
	current     *keys.PublicSet // last good set; nil before the first
	fetchedAt   time.Time       // when current was fetched
	refreshAt   time.Time       // when current wants a refresh, or the next first attempt may be made
	uselessAt   time.Time       // when current is too old to be trusted
	nextUnknown time.Time       // when an unknown key may cause the next fetch
	running     *keyFetch
}

// newKeySet is the set of the keys for one algorithm.
func newKeySet(s *Server, alg string) *keySet {
	fetch := func(ctx context.Context) (*keys.PublicSet, *Error) { return s.fetchKeys(ctx, alg) }
	return &keySet{
		fetch: fetch, start: s.background.start, now: s.cfg.Now, timeout: s.cfg.Timeout,
		ttl: s.cfg.JWKSTTL, cooldown: s.cfg.JWKSCooldown, maxStale: s.cfg.JWKSMaxStale,
	}
}

// firstRetry is the least time between two attempts to get the first set: there is nothing to fall back on.
const firstRetry = time.Second

// keyFetch is a fetch under way. Its result may be read when done is closed.
type keyFetch struct {
	done chan struct{}
	set  *keys.PublicSet
	err  *Error
}

// verify checks a JWS with the keys at hand, and once more with fresh ones if they may explain the failure: a key that is
// not in the set, or one that was replaced under its old name.
func (k *keySet) verify(ctx context.Context, jws []byte) ([]byte, keys.Header, *Error) {
	set, failure := k.get(ctx)
	if failure != nil {
		return nil, keys.Header{}, failure
	}
	payload, header, err := set.Verify(jws)
	if errors.Is(err, keys.ErrUnknownKey) || errors.Is(err, keys.ErrSignature) {
		if fresh := k.replace(ctx, set); fresh != nil {
			payload, header, err = fresh.Verify(jws)
		}
	}
	switch {
	case err == nil:
		return payload, header, nil
	case errors.Is(err, keys.ErrUnknownKey):
		return nil, keys.Header{}, &Error{Kind: ErrUnavailable, Reason: ReasonResponseKey, Err: err}
	}
	return nil, keys.Header{}, &Error{Kind: ErrUnavailable, Reason: ReasonResponseSignature, Err: err}
}

// get is the set at hand, or the first one.
func (k *keySet) get(ctx context.Context) (*keys.PublicSet, *Error) {
	k.mu.Lock()
	set, now := k.current, k.now()
	if set != nil && now.Before(k.uselessAt) {
		if !now.Before(k.refreshAt) {
			k.begin(ctx)
		}
		k.mu.Unlock()
		return set, nil
	}
	if k.running == nil && now.Before(k.refreshAt) {
		k.mu.Unlock()
		return nil, unavailable(ReasonKeysUnavailable, "the JWK Set could not be fetched a moment ago and none is held")
	}
	running := k.begin(ctx)
	k.mu.Unlock()
	return running.wait(ctx)
}

// replace is a newer set than stale, or nil if there is none to be had now.
func (k *keySet) replace(ctx context.Context, stale *keys.PublicSet) *keys.PublicSet {
	k.mu.Lock()
	if k.current != stale {
		defer k.mu.Unlock()
		return k.current
	}
	now := k.now()
	if k.running == nil && now.Before(k.nextUnknown) {
		k.mu.Unlock()
		return nil
	}
	if k.running == nil {
		k.nextUnknown = now.Add(k.cooldown)
	}
	running := k.begin(ctx)
	k.mu.Unlock()
	fresh, failure := running.wait(ctx)
	if failure != nil {
		return nil
	}
	return fresh
}

// begin starts a fetch, or joins the one under way. The fetch outlives the request that caused it, but not its timeout.
// k.mu must be held.
func (k *keySet) begin(ctx context.Context) *keyFetch {
	if k.running != nil {
		return k.running
	}
	running := &keyFetch{done: make(chan struct{})}
	started := k.start(ctx, k.timeout, func(ctx context.Context) {
		defer close(running.done)
		running.set, running.err = k.fetch(ctx)
		k.finish(running)
	})
	if !started {
		running.err = closedError()
		close(running.done)
		return running
	}
	k.running = running
	return running
}

// finish keeps what is good and plans the next attempt.
func (k *keySet) finish(f *keyFetch) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running = nil
	now := k.now()
	switch {
	case f.err == nil:
		k.current, k.fetchedAt, k.refreshAt, k.uselessAt = f.set, now, now.Add(k.ttl), now.Add(k.ttl+k.maxStale)
	case k.current == nil || !now.Before(k.uselessAt):
		k.refreshAt = now.Add(firstRetry)
	default:
		k.refreshAt = now.Add(max(k.cooldown, firstRetry))
	}
}

func (f *keyFetch) wait(ctx context.Context) (*keys.PublicSet, *Error) {
	select {
	case <-f.done:
		return f.set, f.err
	case <-ctx.Done():
		return nil, unavailable(ReasonKeysUnavailable, "the JWK Set did not arrive in time")
	}
}

// fetchKeys gets and reads the JWK Set once (RFC 7517 section 5).
func (s *Server) fetchKeys(ctx context.Context, alg string) (set *keys.PublicSet, failure *Error) {
	ctx, end := s.observe(ctx, OpFetchKeys)
	var skipped []string
	defer func() {
		failure = recovered(recover(), failure)
		end(Event{Err: asError(failure), Skipped: skipped})
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.JWKSEndpoint, http.NoBody)
	if err != nil {
		return nil, &Error{Reason: ReasonUnexpected, Err: fmt.Errorf("rs: key set request: %w", err)}
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	ans, failure := s.exchange(req)
	if failure != nil {
		return nil, &Error{Kind: ErrUnavailable, Reason: ReasonKeysUnavailable, Err: failure.Err}
	}
	if ans.status != http.StatusOK {
		return nil, unavailable(ReasonKeysUnavailable, fmt.Sprintf("the JWK Set endpoint answered with status %d", ans.status))
	}
	set, err = keys.ParsePublic(ans.body, alg)
	if err != nil {
		return nil, unavailable(ReasonKeysUnavailable, "the JWK Set endpoint did not answer with a JWK Set")
	}
	skipped = describeSkipped(set)
	if set.Len() == 0 {
		return nil, unavailable(ReasonKeysUnavailable, fmt.Sprintf("the JWK Set has no key for %s", alg))
	}
	return set, nil
}

// supportedSigningAlg asks keys, which knows.
func supportedSigningAlg(alg string) bool {
	_, err := keys.ParsePublic([]byte(`{"keys":[]}`), alg)
	return err == nil
}
