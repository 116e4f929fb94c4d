package rs

import (
	"context"
	"errors"
	"fmt"
)

// purpose of a flight.
type purpose bool

const (
	asNeeded purpose = false // somebody waits for the facts
	asAhead  purpose = true  // the facts at hand are about to be too old
)

// join waits for the facts about a token in one flight for all who want them: a stampede is one call. The flight is
// nobody's: a caller that goes away fails alone, and only when the last one has left is the call given up.
func (s *Server) join(ctx context.Context, key CacheKey, token string, why purpose) (*Introspection, CacheStatus, *Error) {
	status := CacheShared
	in, _, err := s.flights.Do(ctx, key, func(flight context.Context) (*Introspection, error) {
		status = CacheMiss // read below only after the flight has ended
		return s.fly(flight, key, token, why)
	})
	if err == nil {
		return in, status, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		copied := *e // every waiter gets its own: the caller fills in realm and scope
		return nil, CacheMiss, &copied
	}
	return nil, CacheMiss, transportError(ctx, err) // this caller's own context has ended
}

// fly is the flight itself, within the budget. Nothing that it calls may take the process down: a panic here would
// happen outside every handler and its recovery.
func (s *Server) fly(flight context.Context, key CacheKey, token string, why purpose) (in *Introspection, err error) {
	leave, ok := s.background.enter()
	if !ok {
		return nil, closedError()
	}
	defer leave()
	ctx, cancel := s.background.bound(flight, s.cfg.Budget)
	defer cancel()
	var failure *Error
	defer func() {
		failure = recovered(recover(), failure)
		err = asError(failure)
		if flight.Err() == nil { // whoever comes now starts anew; an abandoned flight is out of the group already
			s.flights.Forget(key)
		}
	}()
	if why == asNeeded { // stored between the caller's look and this flight?
		if held := s.lookup(ctx, key); held != nil && s.fresh(held, s.cfg.Now()) {
			return held, nil
		}
	}
	if in, failure = s.find(ctx, token, why); failure == nil {
		s.remember(ctx, key, in)
	}
	return in, nil
}

// ask is one introspection, observed.
func (s *Server) ask(ctx context.Context, token string) (in *Introspection, failure *Error) {
	ctx, end := s.observe(ctx, OpIntrospect)
	defer func() {
		failure = recovered(recover(), failure)
		end(Event{Err: asError(failure)})
	}()
	return s.introspect(ctx, token)
}

func closedError() *Error {
	failure := unavailable(ReasonClosed, "this Server was closed")
	failure.innocent = true
	return failure
}

// recovered turns a panic into an internal error. Its value could be anything, a token for one, so only its type is told.
func recovered(panicked any, failure *Error) *Error {
	if panicked == nil {
		return failure
	}
	return &Error{Reason: ReasonUnexpected, innocent: true, Err: fmt.Errorf("rs: panic with a value of type %T", panicked)}
}

// asError keeps a nil *Error from becoming an error that is not nil.
func asError(failure *Error) error {
	if failure == nil {
		return nil
	}
	return failure
}
