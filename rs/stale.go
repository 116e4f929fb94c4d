package rs

import (
	"context"
	"time"
)

// stale is what may be served of held when the authorization server gave no answer: only if an operator asked for it,
// only "active", never past exp, and not for longer than agreed.
func (s *Server) stale(held *Introspection, failure *Error, now time.Time) *Introspection {
	if failure.Kind != ErrUnavailable || !s.outlives(held, now) {
		return nil
	}
	served := held.reread(&s.settings)
	if served != nil {
		served.stale = true
	}
	return served
}

// outlives: held may be served in the place of an answer that does not come.
func (s *Server) outlives(held *Introspection, now time.Time) bool {
	if held == nil || s.cfg.StaleIfError == 0 || !held.active || held.isPast(now) {
		return false
	}
	age := held.age(now)
	return age >= 0 && age < s.ttl(held)+s.cfg.StaleIfError
}

// renew asks for new facts. Where the last call hung and held can be served, it does not wait the whole budget each time; somebody
// stays for whoever has left, so that an answer that is merely slow is heard.
func (s *Server) renew(ctx context.Context, key CacheKey, token string, held *Introspection, now time.Time) (*Introspection, CacheStatus, *Error) {
	if s.hung.Load() && s.outlives(held, now) {
		s.stay(ctx, key, token)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	return s.join(ctx, key, token, asNeeded)
}

// stay has one for each token wait in the place of those who leave.
func (s *Server) stay(ctx context.Context, key CacheKey, token string) {
	if _, stays := s.staying.LoadOrStore(key, nil); stays {
		return
	}
	// After the end of the Server nobody stays, and nobody need.
	s.background.start(withoutTrace(ctx), s.cfg.Budget, func(ctx context.Context) {
		defer s.staying.Delete(key)
		_, _, _ = s.join(ctx, key, token, asNeeded)
	})
}
