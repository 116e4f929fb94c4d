package rs

import (
	"context"
	"sync/atomic"
	"time"
)

// pause is a time in which the authorization server is not asked at all: it said when to come back (429), or it refuses our
// credentials, which no number of requests will change. The zero pause is none.
type pause struct {
	current atomic.Pointer[pauseUntil]
}

type pauseUntil struct {
	failure Error
	end     time.Time
	secret  Secret // that was refused
}

func (p *pause) begin(failure *Error, end time.Time) {
	p.current.Store(&pauseUntil{failure: *failure, end: end})
}

// beginFor is a pause for as long as the secret is this one.
func (p *pause) beginFor(secret Secret, failure *Error, end time.Time) {
	p.current.Store(&pauseUntil{*failure, end, secret})
}

// refusal is what everybody gets while the pause lasts: the failure that began it.
func (p *pause) refusal(now time.Time) *Error { return p.current.Load().refusal(now) }

func (u *pauseUntil) refusal(now time.Time) *Error {
	if u == nil || !now.Before(u.end) {
		return nil
	}
	failure := u.failure
	failure.RetryAfter = u.end.Sub(now)
	return &failure
}

// paused is [pause.refusal], unless it is about a secret that has been replaced since: then the pause is over.
func (s *Server) paused(ctx context.Context) *Error {
	current := s.pause.current.Load()
	failure := current.refusal(s.cfg.Now())
	if failure == nil || failure.Reason != ReasonClientCredentials || s.cfg.ClientSecretFrom == nil {
		return failure
	}
	secret, unknown := s.clientSecret(ctx)
	if unknown != nil || secret == current.secret {
		return failure
	}
	s.pause.current.CompareAndSwap(current, nil)
	return nil
}
