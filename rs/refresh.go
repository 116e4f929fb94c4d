package rs

import (
	"context"
	"hash/maphash"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
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
	if s.cfg.NoRefreshAhead || s.cfg.AccessTokenMode == Local || !held.active || !s.isDue(held, now) {
		return
	}
	if held.refreshing.Load() || !s.isTurn(key, held, now) || s.begun.has(key, held) || !s.ahead.TryAcquire(1) {
		return
	}
	if !held.refreshing.CompareAndSwap(false, true) {
		s.ahead.Release(1)
		return
	}
	s.begun.add(key, held)
	// After the end of the Server nothing is begun, and no place is wanted back.
	s.background.start(withoutTrace(ctx), s.cfg.Budget, func(ctx context.Context) {
		defer s.ahead.Release(1)
		_, _, _ = s.join(ctx, key, token, asAhead) // whoever needs the answer asks again and learns of a failure
	})
}

// doubtAfter is the least age of an answer that is doubted: a UserInfo endpoint that refuses everybody must not bring an introspection for
// each request.
const doubtAfter = time.Second

// doubtToken has the authorization server asked anew, beside the requests, about a token that it called good and now refuses at UserInfo:
// it may have been revoked in between. Until it has answered, its word about the token counts as before.
func (s *Server) doubtToken(ctx context.Context, token string) {
	if s.cfg.AccessTokenMode == Local || s.cache == nil || !s.ahead.TryAcquire(1) {
		return
	}
	s.background.start(withoutTrace(ctx), s.cfg.Budget, func(ctx context.Context) {
		defer s.ahead.Release(1)
		key, now := s.cacheKeys.of(token), s.cfg.Now()
		if held := s.lookup(ctx, key, now); held != nil && held.active && s.fresh(held, now) && held.age(now) >= doubtAfter {
			_, _, _ = s.join(ctx, key, token, asDoubted)
		}
	})
}

// isDue: little of its time is left.
func (s *Server) isDue(in *Introspection, now time.Time) bool {
	ttl := s.ttl(in)
	return in.age(now) >= ttl-ttl/aheadShare
}

// isTurn lets servers that share a cache, and so hold an answer from the same moment on, ask one after the other: each waits for a part of
// its own of the first half of what is left. The first one asks, and the others find its answer.
func (s *Server) isTurn(key CacheKey, in *Introspection, now time.Time) bool {
	if s.begun == nil {
		return true
	}
	left := s.ttl(in) / aheadShare
	turn := time.Duration(maphash.Bytes(s.begun.seed, key[:]) % uint64(max(left/2, 1))) //nolint:gosec // G115: it is below left
	return in.age(now) >= s.ttl(in)-left+turn
}

// renewed is what another server that shares our cache has learned lately, nil if there is nothing: then nobody need be asked ahead of time.
func (s *Server) renewed(ctx context.Context, key CacheKey) *Introspection {
	if s.beyond == nil {
		return nil
	}
	in, found, err := s.beyond.Get(ctx, key)
	if err != nil {
		s.reportCache(ctx, err)
	}
	if err != nil || !found || in == nil {
		return nil
	}
	now := s.cfg.Now()
	if in = in.bind(&s.settings); in == nil || !s.fresh(in, now) || s.isDue(in, now) {
		return nil
	}
	return in
}

// refreshes remembers for which answers a refresh was begun. It is for a cache of others, which gives another value for the same answer
// every time, so that a mark on the value is lost. A nil *refreshes remembers nothing.
type refreshes struct {
	begun *lru.Cache[lruKey, int64] // when the answer was received
	seed  maphash.Seed              // of the turns of this server
}

// refreshesRemembered is many more than are due in one second.
const refreshesRemembered = 10000

func newRefreshes() *refreshes {
	begun, _ := lru.New[lruKey, int64](refreshesRemembered) // fails for a size of 0 only
	return &refreshes{begun, maphash.MakeSeed()}
}

func (r *refreshes) has(key CacheKey, held *Introspection) bool {
	if r == nil {
		return false
	}
	received, found := r.begun.Peek(lruKey(key[:16]))
	return found && received == held.received
}

func (r *refreshes) add(key CacheKey, held *Introspection) {
	if r != nil {
		r.begun.Add(lruKey(key[:16]), held.received)
	}
}
