package rs

import (
	"context"
	"time"
)

// Cache remembers facts about tokens. Get and Put must be safe for concurrent use and must return when ctx ends, which is
// after a tenth of Config.Budget at the latest. (A go-redis client does so only with its option ContextTimeoutEnabled.) A
// cache that did not answer by then, or failed late, gets a hundredth of that time for the next five seconds, so that not
// every request waits for it. An error means that the cache itself failed: the request goes on as after a miss, and an
// Observer is told, so the error must hold nothing of the facts. The ttl that Put is given is above zero and must never be
// exceeded: it is the revocation delay. rstest.TestCache is the conformance suite.
//
// A Cache may be shared between servers. Servers with exactly the same settings share their facts; none takes facts that
// were believed with other settings. Of HTTPClient, RootCAs and Decrypter a key only says whether they are set: servers that
// trust different ones need caches of their own. Outside the process, a Cache should encrypt and authenticate its entries,
// bound to their keys, or whoever can write to it can make any token good. The guide docs/how-to/shared-cache.md does so
// with Redis.
type Cache interface {
	Get(ctx context.Context, key CacheKey) (in *Introspection, found bool, err error)
	Put(ctx context.Context, key CacheKey, in *Introspection, ttl time.Duration) error
}

// setUpCaches makes the caches that the configuration leaves to us.
func (s *Server) setUpCaches() {
	switch {
	case s.cfg.Cache != nil:
		s.cache = bounded(s.cfg.Cache, &s.cfg)
		s.beyond = s.cache
		if tiers, ok := s.cfg.Cache.(interface{ beyond() Cache }); ok {
			s.beyond = bounded(tiers.beyond(), &s.cfg)
		}
		s.begun = newRefreshes()
	case s.cfg.CacheSize > 0:
		s.own = newLRU(s.cfg.CacheSize, s.cfg.Now)
		s.cache = s.own
	}
	if s.cache != nil && s.cfg.NegativeCacheSize > 0 {
		s.negative = newLRU(s.cfg.NegativeCacheSize, s.cfg.Now)
	}
}

// recall finds facts about the token, fresh or not, nil if there are none; or why none can be looked for. What a Server remembers in
// its own cache had the right form when it was put there, so the form of a remembered token is not looked at again: that
// would be 0.6 µs for one of 1 kB. A cache of others is only asked about what can be a token.
func (s *Server) recall(ctx context.Context, trace *tracer, key CacheKey, token string, now time.Time) (*Introspection, *Error) {
	if s.own != nil {
		if held := s.lookup(ctx, key, now); held != nil {
			return held, nil
		}
		return nil, s.checkForm(trace, token)
	}
	if failure := s.checkForm(trace, token); failure != nil {
		return nil, failure
	}
	return s.lookup(ctx, key, now), nil
}

// checkForm refuses what no authorization server could have issued, or in local validation what is no JWT.
func (s *Server) checkForm(trace *tracer, token string) *Error {
	if !isB64Token(token) {
		return malformedAuthorization()
	}
	if s.cfg.AccessTokenMode == Local && !isJWT(token) {
		failure := invalidToken(ReasonTokenFormat)
		trace.step(StepHeader, failure)
		return failure
	}
	return nil
}

// lookup finds facts about the token, fresh or not; nil if there are none. A cache that fails is a cache that has nothing.
func (s *Server) lookup(ctx context.Context, key CacheKey, now time.Time) *Introspection {
	if s.cache == nil {
		return nil
	}
	in, found := s.lookupActive(ctx, key, now)
	if !found && s.negative != nil {
		in, found = s.negative.at(key, now)
	}
	if !found {
		return nil
	}
	return in.bind(&s.settings)
}

func (s *Server) lookupActive(ctx context.Context, key CacheKey, now time.Time) (*Introspection, bool) {
	if s.own != nil {
		return s.own.at(key, now)
	}
	in, found, err := s.cache.Get(ctx, key)
	if err != nil {
		s.reportCache(ctx, err)
	}
	return in, err == nil && found && in != nil
}

// fresh says whether facts may still be used as they are. The cache has its own clock and its own idea of a ttl; this is
// ours, and it also notices a clock that was set back.
func (s *Server) fresh(in *Introspection, now time.Time) bool {
	age := in.age(now)
	return age >= 0 && age < s.ttl(in) && !in.isPast(now)
}

// ttl is how long facts may be used as they are.
func (s *Server) ttl(in *Introspection) time.Duration {
	switch {
	case in.local && s.cfg.AccessTokenMode == LocalThenIntrospect:
		if !in.active { // the token alone would be believed until then
			return max(s.cfg.NegativeCacheTTL, s.cfg.IntrospectEvery)
		}
		return s.cfg.IntrospectEvery
	case !in.active:
		return s.cfg.NegativeCacheTTL
	}
	return s.cfg.CacheTTL
}

// remember stores facts for no longer than they may be used: RFC 7662 section 4 forbids to go beyond exp, and the clock skew
// never lengthens it.
func (s *Server) remember(ctx context.Context, key CacheKey, in *Introspection) {
	if !in.active {
		s.rememberInactive(ctx, key, in)
		return
	}
	if ttl := s.ttl(in); ttl > 0 {
		s.put(ctx, key, in, ttl+s.cfg.StaleIfError-in.age(s.cfg.Now()))
	}
}

// rememberInactive keeps a refusal apart from the good answers, so that a flood of random tokens pushes none of them out.
// It takes a good answer's place only where there is one: a token that was good a moment ago and is now revoked.
func (s *Server) rememberInactive(ctx context.Context, key CacheKey, in *Introspection) {
	ttl := s.ttl(in)
	if held, found, err := s.cache.Get(ctx, key); err == nil && found && held != nil && held.active {
		s.put(ctx, key, in, max(ttl, time.Nanosecond))
	}
	if s.negative != nil && ttl > 0 {
		_ = s.negative.Put(ctx, key, in, ttl) // an LRU of ours never fails
	}
}

// longestRemembered is the length of an answer, in bytes, up to which it is kept: many times what any token needs, and little
// enough that a bound on the number of entries is one on memory.
const longestRemembered = 64 << 10

func (s *Server) put(ctx context.Context, key CacheKey, in *Introspection, ttl time.Duration) {
	if in.expiry != never {
		ttl = min(ttl, time.Unix(in.expiry, 0).Sub(s.cfg.Now()))
	}
	if ttl <= 0 || len(in.text) > longestRemembered {
		return
	}
	if err := s.cache.Put(ctx, key, in, ttl); err != nil {
		s.reportCache(ctx, err)
	}
}

func (s *Server) reportCache(ctx context.Context, err error) {
	_, end := s.observe(ctx, OpCache)
	end(Event{Err: err})
}
