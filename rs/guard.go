package rs

import (
	"context"
	"math/rand/v2"
	"time"
)

// consult asks the authorization server through everything that keeps an outage small, from the cheapest refusal to the
// call itself: a pause that was agreed on, the circuit breaker, a place among the calls under way, and one retry. A refresh ahead
// of time has a place already, of its own: a flood of unknown tokens must not keep the tokens out that are known to be good.
func (s *Server) consult(ctx context.Context, token string, why purpose) (*Introspection, *Error) {
	if failure := s.paused(ctx); failure != nil {
		return nil, failure
	}
	var in *Introspection
	failure := s.breaker.through(func() (failure *Error) {
		if why == asNeeded {
			leave, failure := s.places.take(ctx)
			if failure != nil {
				return failure
			}
			defer leave()
		}
		asked := s.cfg.Now()
		in, failure = s.askTwice(ctx, token)
		isLong := s.weigh(asked, failure)
		if isLong || failure == nil || failure.Reason != ReasonCanceled {
			s.hung.Store(isLong && failure != nil && failure.Kind == ErrUnavailable)
		}
		return failure
	})
	s.learn(ctx, failure)
	return in, failure
}

// weigh says whether a call took longer than patience. If it did, a caller who left says something after all.
func (s *Server) weigh(asked time.Time, failure *Error) (isLong bool) {
	isLong = s.cfg.Now().Sub(asked) >= patience
	if isLong && failure != nil && failure.Reason == ReasonCanceled {
		failure.innocent = false
	}
	return isLong
}

// patience is how long an authorization server that works may take. Callers that leave before say nothing about it; if those that
// leave later did not either, one that hangs would never be found out by clients with less patience than Config.Timeout.
const patience = time.Second

// retryDelay is the mean wait before the one retry; the true one is between half and one and a half of it.
const retryDelay = 100 * time.Millisecond

// askTwice repeats a call that was cut off or met a gateway in trouble, once, if the budget allows.
func (s *Server) askTwice(ctx context.Context, token string) (*Introspection, *Error) {
	in, failure := s.ask(ctx, token)
	if failure == nil || !failure.repeatable || s.cfg.NoRetry {
		return in, failure
	}
	select {
	case <-time.After(retryDelay/2 + rand.N(retryDelay)): //nolint:gosec // G404: jitter, not a secret
		s.connections.leave() // the old one may lead to a server that is about to leave, or has left
		return s.ask(ctx, token)
	case <-ctx.Done():
		return nil, failure
	}
}

// learn draws conclusions that outlive the one call.
func (s *Server) learn(ctx context.Context, failure *Error) {
	if failure == nil {
		return
	}
	if failure.Reason == ReasonTooManyRequests && failure.RetryAfter > 0 {
		s.pause.begin(failure, s.cfg.Now().Add(failure.RetryAfter))
	}
	refused := failure.Reason == ReasonClientCredentials && s.cfg.CredentialsPause > 0
	if s.breaker.isSuspicious() || refused {
		s.secondOpinion(ctx)
	}
}
