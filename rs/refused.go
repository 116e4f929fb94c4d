package rs

import (
	"context"
	"time"
)

// Refused is for a request that is refused although its token was good: it lacks a scope, a policy says no, there is no such
// user. It is [AsError] with the realm of the server that authenticated ctx, and tells the Observer of that server, as
// [OpAuthorize], so that the request has its line in the log and is counted. Call it once for each request that is refused:
//
//	if err := rs.RequireAnyScope(r.Context(), "documents"); err != nil {
//		rs.WriteError(w, rs.Refused(r.Context(), err))
//		return
//	}
//
// Package rsgin does so itself. No Observer is told if ctx was not authenticated or holds a [Principal] made by hand, nor if the
// refusal is the one that a context of [NewAnonymousContext] carries: that was told when it was waived.
func Refused(ctx context.Context, err error) *Error {
	refusal := inRealm(ctx, AsError(err))
	if g := grantIn(ctx); g != nil && refusal != nil {
		if s := g.server(); s != nil && s.refused != nil {
			s.refused(ctx, refusal)
		}
	}
	return refusal
}

// Refused is [AsError] for a request that is refused before its token is looked at, by a limit on failures for example.
// It also tells the Observer, as [OpAuthenticate]. For one that is refused later there is the function [Refused].
func (s *Server) Refused(ctx context.Context, err error) *Error {
	refusal := AsError(err)
	if refusal != nil {
		_, end := s.observe(ctx, OpAuthenticate)
		end(Event{Err: refusal})
	}
	return refusal
}

// Refused is [Server.Refused] for several issuers: none of them was asked.
func (i *Issuers) Refused(ctx context.Context, err error) *Error {
	refusal := AsError(err)
	if refusal != nil {
		_, end := observe(ctx, i.cfg.Observer, i.cfg.Now, OpAuthenticate)
		end(Event{Err: refusal})
	}
	return refusal
}

// teller tells observer of refusals after an authenticate; it is nil where there is nobody to tell.
func (s *Server) teller(observer Observer, now func() time.Time) func(context.Context, *Error) {
	if observer == nil {
		return nil
	}
	return func(ctx context.Context, refusal *Error) {
		ev := Event{Err: refusal}
		if s.oneOfSeveral {
			ev.Issuer = s.cfg.Issuer
		}
		_, end := observe(ctx, observer, now, OpAuthorize)
		end(ev)
	}
}
