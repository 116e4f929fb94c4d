package rs

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// When the circuit is ready to open: at least breakerVolume calls within breakerWindow, of which at least half failed. A
// few failures in a quiet hour prove nothing, and the share is not reached while good answers still come.
const (
	breakerWindow = 10 * time.Second
	breakerVolume = 20
)

// breaker stops asking an authorization server that does not work, and finds out with one call at a time when it works
// again. Failures that tokens may have caused are not enough: it opens only when a second opinion agrees. A nil *breaker
// lets all through.
type breaker struct {
	circuit    *gobreaker.CircuitBreaker[struct{}]
	open       time.Duration // how long no call is made
	rest       *Error        // why, for everybody
	opinion    *opinion      // the second one
	now        func() time.Time
	changed    func(open bool)
	openUntil  atomic.Pointer[time.Time] // with its monotonic reading: the clock of the machine may be set
	halfOpen   atomic.Bool
	trying     atomic.Bool            // the one call that tries a closed door is under way
	suspicious atomic.Bool            // enough failed, and nobody has looked yet
	last       atomic.Pointer[Reason] // of the failures that count
	news       atomic.Int32
}

// What changed has still to be told.
const (
	noNews int32 = iota
	opened
	closed
)

func newBreaker(cfg *Config, o *opinion, rest *Error, changed func(open bool)) *breaker {
	if cfg.CircuitOpen == 0 {
		return nil
	}
	b := &breaker{open: cfg.CircuitOpen, rest: rest, opinion: o, now: cfg.Now, changed: changed}
	b.openUntil.Store(new(time.Time))
	b.circuit = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Interval:      breakerWindow,
		BucketPeriod:  breakerWindow / 10,
		Timeout:       b.open,
		ReadyToTrip:   b.readyToOpen,
		IsSuccessful:  func(err error) bool { return isVerdict(AsError(err)) },
		IsExcluded:    b.saysNothing,
		OnStateChange: b.onChange,
	})
	return b
}

func (b *breaker) readyToOpen(c gobreaker.Counts) bool {
	judged := c.TotalSuccesses + c.TotalFailures
	if judged < breakerVolume || 2*c.TotalFailures < judged {
		return false
	}
	return b.agreed()
}

// saysNothing: a failure before the call; or of the one call that tries a closed door, unless we know that the server is
// still down: its token may be the cause.
func (b *breaker) saysNothing(err error) bool {
	failure := AsError(err)
	if isVerdict(failure) {
		return false
	}
	return failure.innocent || b.halfOpen.Load() && !b.agreed()
}

// isVerdict: an answer about the token, whatever it says, is one of a server that works.
func isVerdict(failure *Error) bool {
	return failure == nil || failure.Kind == ErrInvalidToken || failure.Kind == ErrInsufficientScope
}

// agreed: a second opinion says that the server does not work. Where there is none, one is wanted.
func (b *breaker) agreed() bool {
	confirmed := b.opinion.isBad(b.now())
	b.suspicious.Store(!confirmed)
	return confirmed
}

// through makes the call unless the circuit is open.
func (b *breaker) through(call func() *Error) *Error {
	if b == nil {
		return call()
	}
	defer b.tell()
	var failure *Error
	_, err := b.circuit.Execute(func() (struct{}, error) {
		if b.halfOpen.Load() {
			b.trying.Store(true)
			defer b.trying.Store(false)
		}
		if failure = call(); !isVerdict(failure) && !failure.innocent {
			b.last.Store(new(failure.Reason))
		}
		return struct{}{}, asError(failure)
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return b.refusal()
	}
	return failure
}

func (b *breaker) refusal() *Error {
	failure := *b.rest
	failure.Err = b.because(b.rest.Err.Error())
	failure.RetryAfter = max(time.Until(*b.openUntil.Load()), time.Second)
	return &failure
}

// because adds what failed last to what became of it: it can be another endpoint than the one that is not asked, such as that of the keys.
func (b *breaker) because(what string) error {
	if last := b.last.Load(); last != nil {
		what += fmt.Sprintf(" (last: %s)", *last)
	}
	return errors.New(what)
}

func (b *breaker) onChange(_ string, _, to gobreaker.State) {
	b.halfOpen.Store(to == gobreaker.StateHalfOpen)
	switch to {
	case gobreaker.StateOpen:
		until := time.Now().Add(b.open) // gobreaker's clock, not Config.Now
		b.openUntil.Store(&until)
		b.news.Store(opened)
	case gobreaker.StateClosed:
		b.news.Store(closed)
	}
}

// tell tells of a change. It does so outside of gobreaker's lock: who hears of it may look at the Server.
func (b *breaker) tell() {
	if news := b.news.Swap(noNews); news != noNews {
		b.changed(news == opened)
	}
}

// isSuspicious says, once, that a second opinion is wanted.
func (b *breaker) isSuspicious() bool {
	return b != nil && b.suspicious.CompareAndSwap(true, false)
}

// isOpen: no call is made at this moment.
func (b *breaker) isOpen() bool {
	return b != nil && (b.circuit.State() == gobreaker.StateOpen || b.trying.Load())
}

// reportCircuit tells the Observer that the circuit opened or closed. Who tries it next does not do so over the connections that brought
// the failures: they may lead to where the authorization server was.
func (s *Server) reportCircuit(open bool) {
	_, end := s.observe(context.Background(), OpCircuit)
	if open {
		s.connections.leave()
		end(Event{Err: unusable(ReasonCircuitOpen, s.breaker.because("the authorization server failed too often: it is not asked for "+s.cfg.CircuitOpen.String()))})
		return
	}
	end(Event{})
}
