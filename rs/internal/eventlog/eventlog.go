// Package eventlog turns an event of package rs into what a log line says, for the adapters to the various loggers: they
// differ in how they write, never in what, at which level or how often.
package eventlog

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Level is how much a line matters. The zero Level is Debug.
type Level uint8

// The levels.
const (
	Debug Level = iota // nobody needs to know, unless something is wrong
	Info               // a refusal, or the end of an outage
	Error              // the operator must act
)

// levelOf: who must act? The operator on an error; nobody on the rest. What a refusal meant inside, its authenticate says
// once more, so only that one is at info.
func levelOf(op rs.Op, failure *rs.Error) Level {
	switch {
	case op == rs.OpCircuit && failure == nil:
		return Info // the end of an outage that began at level error
	case failure == nil, failure.Reason == rs.ReasonCanceled:
		return Debug
	case failure.Status() >= 500:
		return Error
	case op == rs.OpAuthenticate:
		return Info
	}
	return Debug
}

// Message is short and stable: for people who search, and for alerts. A nil failure means that it went well.
func Message(op rs.Op, failure *rs.Error) string {
	switch {
	case failure != nil && failure.Reason == rs.ReasonClientCredentials:
		return "the authorization server refuses this service"
	case op == rs.OpAuthenticate && failure == nil:
		return "request authenticated"
	case op == rs.OpAuthenticate && failure.Status() < 500:
		return "request refused"
	case op == rs.OpAuthenticate:
		return "request not decided"
	case op == rs.OpCircuit && failure == nil:
		return "circuit closed"
	case op == rs.OpCircuit:
		return "circuit opened"
	case failure == nil:
		return string(op) + " done"
	}
	return string(op) + " failed"
}

// Cause is the cause of a failure in our own words, or "". A cache is somebody else's, and what its errors quote nobody
// knows, so of them only what the system said and the type are told.
func Cause(err error) string {
	if e, ok := errors.AsType[*rs.Error](err); ok {
		if e.Err == nil {
			return ""
		}
		return e.Err.Error()
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return e.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded.Error()
	}
	return fmt.Sprintf("error of type %T", err)
}
