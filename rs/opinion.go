package rs

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// opinion is what the authorization server made of a token of our own, one that nobody issued. An attacker can send
// tokens that make it answer 500 or 403; if that were enough to open the circuit, or to believe our credentials refused, one
// such client could lock everybody out. Before we conclude anything of the kind, we look for ourselves.
type opinion struct {
	mu      sync.Mutex
	asked   time.Time
	running bool
	bad     bool
}

const (
	opinionEvery = time.Second      // least time between two of our own questions
	opinionHolds = 10 * time.Second // how long a bad one counts
)

// due says whether to ask now, and marks it as asked.
func (o *opinion) due(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running || now.Sub(o.asked) < opinionEvery {
		return false
	}
	o.running, o.asked = true, now
	return true
}

func (o *opinion) settle(bad bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running, o.bad = false, bad
}

// isBad: the last look, a moment ago, found the server not working either.
func (o *opinion) isBad(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bad && now.Sub(o.asked) < opinionHolds
}

// form lets ask find out about a token of our own, beside the request that gave cause.
func (o *opinion) form(ctx context.Context, s *Server, ask func(ctx context.Context, token string) *Error) {
	if !o.due(s.cfg.Now()) {
		return
	}
	s.background.start(withoutTrace(ctx), s.cfg.Timeout, func(ctx context.Context) {
		var failure *Error
		defer func() { o.settle(!isVerdict(failure) && !failure.innocent) }()
		failure = ask(ctx, rand.Text())
	})
}

// secondOpinion is about introspection.
func (s *Server) secondOpinion(ctx context.Context) {
	s.opinion.form(ctx, s, func(ctx context.Context, token string) *Error {
		proof, _ := s.proof(ctx) // before it is used: one that comes later has not been refused
		_, failure := s.ask(ctx, token)
		if failure != nil && failure.Reason == ReasonClientCredentials && s.cfg.CredentialsPause > 0 {
			s.pause.beginFor(proof, failure, s.cfg.Now().Add(s.cfg.CredentialsPause))
			s.connections.leave() // they may have shown a certificate that has been replaced, or lead to where the server was
		}
		return failure
	})
}
