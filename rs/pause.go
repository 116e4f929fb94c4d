package rs

import (
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
}

func (p *pause) begin(failure *Error, end time.Time) {
	p.current.Store(&pauseUntil{*failure, end})
}

// refusal is what everybody gets while the pause lasts: the failure that began it.
func (p *pause) refusal(now time.Time) *Error {
	current := p.current.Load()
	if current == nil || !now.Before(current.end) {
		return nil
	}
	failure := current.failure
	failure.RetryAfter = current.end.Sub(now)
	return &failure
}
