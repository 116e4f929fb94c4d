// Package eventlog turns an event of package rs into what a log line says, for the adapters to the various loggers: they
// differ in how they write, never in what, at which level or how often.
package eventlog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
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

// Line is what there is to say of an event. [Limiter.Line] makes it; it costs nothing until it is read.
type Line struct {
	Level Level

	event      rs.Event
	failure    *rs.Error // nil: it went well
	suppressed int       // lines before this one that were not written
}

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
	case ofRequest(op):
		return Info
	}
	return Debug
}

// ofRequest: the operation is about one request, and so a refusal is the end of it.
func ofRequest(op rs.Op) bool { return op == rs.OpAuthenticate || op == rs.OpAuthorize }

func withoutToken(op rs.Op, failure *rs.Error) bool {
	return op == rs.OpAuthenticate && failure != nil && failure.Kind == rs.ErrMissingToken
}

// Message is short and stable: for people who search, and for alerts.
func (l Line) Message() string {
	switch op := l.event.Op; {
	case l.failure != nil && l.failure.Reason == rs.ReasonClientCredentials:
		return "the authorization server refuses this service"
	case op == rs.OpAuthenticate && l.failure == nil:
		return "request authenticated"
	case withoutToken(op, l.failure):
		return "request without a token" // refused, or let pass where that is optional: the server does not know
	case ofRequest(op) && l.failure != nil && l.failure.Status() < 500:
		return "request refused"
	case ofRequest(op) && l.failure != nil:
		return "request not decided"
	case op == rs.OpCircuit && l.failure == nil:
		return "circuit closed"
	case op == rs.OpCircuit:
		return "circuit opened"
	case l.failure == nil:
		return string(op) + " done"
	default:
		return string(op) + " failed"
	}
}

// Fields are the name and the value of each field that says something: strings, but for suppressed, which is an int.
func (l Line) Fields() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, field := range l.fields() {
			if field.value != "" && field.value != 0 && !yield(field.name, field.value) {
				return
			}
		}
	}
}

type field struct {
	name  string
	value any // "" and 0 say nothing
}

func (l Line) fields() []field {
	fields := []field{
		{"op", string(l.event.Op)},
		{"duration", duration(l.event)},
		{"cache", string(l.event.Cache)},
		{"issuer", l.event.Issuer},
		{"skipped_keys", strings.Join(l.event.Skipped, "; ")},
	}
	if l.failure != nil {
		fields = append(fields,
			field{"kind", l.failure.Kind.String()}, field{"reason", string(l.failure.Reason)}, field{"error", cause(l.event)})
	}
	return append(fields, field{"suppressed", l.suppressed})
}

// duration of what takes time.
func duration(ev rs.Event) string {
	if ev.Op == rs.OpAuthorize {
		return ""
	}
	return ev.Duration.String()
}

// cause is the cause of a failure in our own words, or what to do about one that has none, or "". What the errors of somebody else quote nobody knows: those of a
// cache, or of an application's own that are not made for the log. Of them only what the system said and the type are told.
func cause(ev rs.Event) string {
	err := ev.Err
	if e, ok := errors.AsType[*rs.Error](err); ok {
		switch {
		case e.Err == nil:
			return advice[e.Reason]
		case ev.Op != rs.OpAuthorize || e.Reason != rs.ReasonUserLookup && e.Reason != rs.ReasonUnexpected:
			return e.Err.Error()
		}
		err = e.Err
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return e.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded.Error()
	}
	return fmt.Sprintf("error of type %T", err)
}
