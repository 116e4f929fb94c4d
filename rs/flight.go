package rs

import (
	"context"
	"errors"

	"resenje.org/singleflight"
)

// purpose of a flight.
type purpose uint8

const (
	asNeeded  purpose = iota // somebody waits for the facts
	asAhead                  // the facts at hand are about to be too old
	asDoubted                // the authorization server has contradicted the facts at hand
)

// join waits for the facts about a token in one flight for all who want them: a stampede is one call. The flight is
// nobody's: a caller that goes away fails alone, and only when the last one has left is the call given up.
func (s *Server) join(ctx context.Context, key CacheKey, token string, why purpose) (*Introspection, CacheStatus, *Error) {
	in, shared, failure := share(ctx, s, &s.flights, key, func(ctx context.Context) (*Introspection, *Error) {
		if held := s.found(ctx, key, why); held != nil {
			return held, nil
		}
		in, failure := s.find(ctx, token, why)
		if failure == nil && s.cache != nil {
			s.inTurn(ctx, key, func() { s.remember(ctx, key, in) })
		}
		return in, failure
	})
	if shared {
		return in, CacheShared, failure
	}
	return in, CacheMiss, failure
}

// inTurn lets a flight store what it has learned about a token, unless everybody has left it: then others may have asked since, and know
// better. They wait until it has stored, so that what they store is the last word.
func (s *Server) inTurn(ctx context.Context, key CacheKey, store func()) {
	mine := make(chan struct{})
	for {
		other, taken := s.storing.LoadOrStore(key, mine)
		if !taken {
			break
		}
		select {
		case <-other.(chan struct{}): //nolint:forcetypeassert // it holds nothing else
		case <-ctx.Done():
			return
		}
	}
	defer close(mine)
	defer s.storing.Delete(key)
	if ctx.Err() == nil {
		store()
	}
}

// found is what makes the flight needless: what was stored between the caller's look and now.
func (s *Server) found(ctx context.Context, key CacheKey, why purpose) *Introspection {
	switch why {
	case asNeeded:
		now := s.cfg.Now()
		if held := s.lookup(ctx, key, now); held != nil && s.fresh(held, now) {
			return held
		}
	case asAhead:
		return s.renewed(ctx, key)
	}
	return nil
}

// share is one flight of a group. shared says that another caller began it, and is false if it failed.
func share[T any](ctx context.Context, s *Server, group *flights[T], key CacheKey, work func(context.Context) (*T, *Error)) (v *T, shared bool, failure *Error) {
	joined := true
	v, _, err := group.Do(ctx, key, func(flight context.Context) (*T, error) {
		joined = false // read below only after the flight has ended
		return fly(flight, s, group, key, work)
	})
	if err == nil {
		return v, joined, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		copied := *e // every waiter gets its own: the caller fills in realm and scope
		return nil, false, &copied
	}
	return nil, false, transportError(ctx, err) // this caller's own context has ended
}

// flights are those under way.
type flights[T any] = singleflight.Group[CacheKey, *T]

// fly is the flight itself, within the budget. Nothing that it calls may take the process down: a panic here would
// happen outside every handler and its recovery.
func fly[T any](flight context.Context, s *Server, group *flights[T], key CacheKey, work func(context.Context) (*T, *Error)) (v *T, err error) {
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
			group.Forget(key)
		}
	}()
	v, failure = work(ctx)
	return v, nil
}

// ask is one introspection, observed.
func (s *Server) ask(ctx context.Context, token string) (in *Introspection, failure *Error) {
	ctx, end := s.observe(ctx, OpIntrospect)
	defer func() {
		failure = recovered(recover(), failure)
		end(Event{Err: asError(failure)})
	}()
	if s.cfg.Format != JSON {
		makeRoom()
	}
	return s.introspect(ctx, token)
}

// makeRoom lets the stack of a new goroutine grow in one step to what cryptography needs, while there is little on it. Else it
// grows in three, and everything on it is moved every time: 30 µs, a tenth of an answer with ECDH-ES.
//
//go:noinline
func makeRoom() byte {
	var room [14 << 10]byte
	return room[len(nothing)] // so that the compiler keeps it
}

var nothing []byte
