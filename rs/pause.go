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
	proof   proof // that was refused
}

func (p *pause) begin(failure *Error, end time.Time) {
	p.current.Store(&pauseUntil{failure: *failure, end: end})
}

// beginFor is a pause for as long as this is what proves who we are.
func (p *pause) beginFor(refused proof, failure *Error, end time.Time) {
	p.current.Store(&pauseUntil{*failure, end, refused})
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

// paused is [pause.refusal], unless it is about credentials that have been replaced since: then the pause is over, and so are the
// connections that showed them.
func (s *Server) paused(ctx context.Context) *Error {
	current := s.pause.current.Load()
	failure := current.refusal(s.cfg.Now())
	if failure == nil || failure.Reason != ReasonClientCredentials {
		return failure
	}
	if now, known := s.proof(ctx); !known || now == current.proof {
		return failure
	}
	if s.pause.current.CompareAndSwap(current, nil) {
		s.connections.leave()
	}
	return nil
}

// proof tells our credentials from others that we had before.
type proof struct {
	secret      Secret
	keyID       string // of a Signer that says so
	certificate string
}

// proof is the one of this moment, if it can be had.
func (s *Server) proof(ctx context.Context) (p proof, known bool) {
	if s.cfg.ClientAuth.usesSecret() {
		secret, failure := s.clientSecret(ctx)
		if failure != nil {
			return p, false
		}
		p.secret = secret
	}
	if signer, ok := s.cfg.ClientSigner.(interface{ KeyID() string }); ok {
		p.keyID = signer.KeyID()
	}
	if s.cfg.ClientCertificate != nil {
		certificate, err := s.cfg.certificate(ctx)
		if err != nil {
			return p, false
		}
		p.certificate = string(certificate.Certificate[0])
	}
	return p, true
}
