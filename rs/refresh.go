package rs

import (
	"context"
	"time"
)

// aheadShare: a hit in the last fifth of CacheTTL asks anew.
const aheadShare = 5

// maxAhead bounds the refreshes under way. They have places of their own, so that they and requests that wait do not take each other's.
const maxAhead = 16

// placesAhead is a quarter of the others, or maxAhead.
func placesAhead(concurrent int) int64 {
	if concurrent == 0 {
		return maxAhead
	}
	return int64(min(maxAhead, (concurrent+3)/4))
}

// refreshAhead begins, once for each answer, an introspection beside the requests when a token that is in use is about
// to leave the cache: so a busy token never makes a request wait. Nobody sees an answer older than CacheTTL because of it.
func (s *Server) refreshAhead(ctx context.Context, key CacheKey, token string, held *Introspection, now time.Time) {
	ttl := s.ttl(held)
	if s.cfg.NoRefreshAhead || s.cfg.AccessToken == Local || !held.active || held.age(now) < ttl-ttl/aheadShare {
		return
	}
	if held.refreshing.Load() || !s.ahead.TryAcquire(1) {
		return
	}
	if !held.refreshing.CompareAndSwap(false, true) {
		s.ahead.Release(1)
		return
	}
	// After the end of the Server nothing is begun, and no place is wanted back.
	s.background.start(withoutTrace(ctx), s.cfg.Budget, func(ctx context.Context) {
		defer s.ahead.Release(1)
		_, _, _ = s.join(ctx, key, token, asAhead) // whoever needs the answer asks again and learns of a failure
	})
}

// stale is what may be served of held when the authorization server gave no answer: only if an operator asked for it,
// only "active", never past exp, and not for longer than agreed.
func (s *Server) stale(held *Introspection, failure *Error, now time.Time) *Introspection {
	if held == nil || s.cfg.StaleIfError == 0 || failure.Kind != ErrUnavailable || !held.active || held.isPast(now) {
		return nil
	}
	if age := held.age(now); age < 0 || age >= s.ttl(held)+s.cfg.StaleIfError {
		return nil
	}
	served := held.reread(&s.settings)
	if served != nil {
		served.stale = true
	}
	return served
}
