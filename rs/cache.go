package rs

import (
	"context"
	"crypto/sha256"
	"time"
)

// CacheKey names a token's facts: a SHA-256 over everything that decides the answer, so that neither a token nor another
// server's facts can be read out of, or swapped within, a cache (RFC 9700 section 4.9.3).
type CacheKey [sha256.Size]byte

// Cache remembers facts about tokens. Get and Put must be safe for concurrent use and should return when ctx ends. An
// error means that the cache itself failed: the request goes on as after a miss, and an Observer is told. Put is given a ttl
// above zero that must never be exceeded, by anything: it is the revocation delay. A Cache may be shared between servers.
// rstest.TestCache is the conformance suite.
type Cache interface {
	Get(ctx context.Context, key CacheKey) (in *Introspection, found bool, err error)
	Put(ctx context.Context, key CacheKey, in *Introspection, ttl time.Duration) error
}

// keySalt hashes what all keys of one server have in common. Another issuer, endpoint, client or format can give
// another answer for the same token, so each has its own keys (the lesson of CVE-2026-33496).
func keySalt(cfg *Config) [sha256.Size]byte {
	h := sha256.New()
	for _, part := range []string{"rs1", cfg.Issuer, cfg.IntrospectionEndpoint, cfg.ClientID, cfg.Format.String()} {
		h.Write([]byte(part))
		h.Write([]byte{0}) // no two lists of parts may read the same
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// cacheKey is SHA-256(salt ‖ token). The buffer keeps tokens of the common lengths off the heap.
func (s *Server) cacheKey(token string) CacheKey {
	var buf [sha256.Size + 2048]byte
	return sha256.Sum256(append(append(buf[:0], s.salt[:]...), token...))
}

// lookup finds facts about the token. A cache that fails is a cache that has nothing.
func (s *Server) lookup(ctx context.Context, key CacheKey) (*Introspection, bool) {
	if s.cache == nil {
		return nil, false
	}
	in, found, err := s.cache.Get(ctx, key)
	if err != nil {
		s.reportCache(ctx, err)
		return nil, false
	}
	if !found || in == nil {
		return nil, false
	}
	return in.bind(&s.settings), true
}

// remember stores facts for no longer than they may be used: RFC 7662 section 4 forbids to go beyond exp, and the clock skew
// never lengthens it.
func (s *Server) remember(ctx context.Context, key CacheKey, in *Introspection) {
	ttl := s.cfg.CacheTTL
	if !in.active {
		ttl = s.cfg.NegativeCacheTTL
	}
	if in.expiry.present {
		ttl = min(ttl, in.expiry.time().Sub(s.cfg.Now()))
	}
	if s.cache == nil || ttl <= 0 {
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
