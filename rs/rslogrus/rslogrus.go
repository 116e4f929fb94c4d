// Package rslogrus logs what a resource server does, with logrus.
//
// A request that is let in is a line at level debug, a refusal one at info, and a failure that is ours or the
// authorization server's one at error; that the circuit closes after an outage is one at info. No line ever holds a token, a secret or a claim.
package rslogrus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// DefaultInterval is the Interval of an Observer that has none.
const DefaultInterval = 10 * time.Second

// Observer is an [rs.Observer] that writes to a logger. Make one with [New]. It is safe for concurrent use; its fields
// must not change any more once it is in use.
//
// The fields of a line are op, kind and reason ([rs.Op], [rs.Kind], [rs.Reason]), duration, cache ([rs.CacheStatus]) and
// error, the cause in words of this project; skipped_keys, the entries of the JWK Set that cannot be used ([rs.Event]). Each is left out where it says nothing.
type Observer struct {
	// Interval is the least time between two lines at level error for the same reason: an outage of the authorization
	// server is one line for all its requests. Lines in between go to level debug; the next at level error has their
	// number in the field suppressed. Zero: DefaultInterval. Negative: nothing is suppressed.
	Interval time.Duration
	// Now is the clock of Interval; nil: time.Now.
	Now func() time.Time

	log     logrus.FieldLogger
	limiter limiter
}

// New is an Observer that logs to log, a *logrus.Logger or *logrus.Entry; nil is logrus's standard logger.
func New(log logrus.FieldLogger) *Observer {
	if log == nil {
		log = logrus.StandardLogger()
	}
	return &Observer{log: log}
}

// Begin does nothing.
func (o *Observer) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

// End writes the line. Hooks of logrus find ctx in the entry.
func (o *Observer) End(ctx context.Context, ev rs.Event) {
	failure := rs.AsError(ev.Err)
	level := levelOf(ev.Op, failure)
	suppressed := 0
	if level == logrus.ErrorLevel {
		var ok bool
		if suppressed, ok = o.allow(ev.Op, failure.Reason); !ok {
			level = logrus.DebugLevel
		}
	}
	if !enabled(o.log, level) {
		return // the common line, a request that is let in, costs nothing
	}
	fields := logrus.Fields{"op": string(ev.Op), "duration": ev.Duration.String()}
	if ev.Cache != "" {
		fields["cache"] = string(ev.Cache)
	}
	if len(ev.Skipped) > 0 {
		fields["skipped_keys"] = strings.Join(ev.Skipped, "; ")
	}
	if suppressed > 0 {
		fields["suppressed"] = suppressed
	}
	if failure != nil {
		fields["kind"], fields["reason"] = failure.Kind.String(), string(failure.Reason)
		if cause := describe(ev.Err); cause != "" {
			fields[logrus.ErrorKey] = cause
		}
	}
	o.log.WithFields(fields).WithContext(ctx).Log(level, message(ev.Op, failure))
}

// levelOf: who must act? The operator on an error; nobody on the rest. What a refusal meant inside, its authenticate says
// once more, so only that one is at info.
func levelOf(op rs.Op, failure *rs.Error) logrus.Level {
	switch {
	case op == rs.OpCircuit && failure == nil:
		return logrus.InfoLevel // the end of an outage that began at level error
	case failure == nil, failure.Reason == rs.ReasonCanceled:
		return logrus.DebugLevel
	case failure.Status() >= 500:
		return logrus.ErrorLevel
	case op == rs.OpAuthenticate:
		return logrus.InfoLevel
	}
	return logrus.DebugLevel
}

// message is short and stable: for people who search, and for alerts.
func message(op rs.Op, failure *rs.Error) string {
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

// describe is the cause in our own words. A cache is somebody else's, and what its errors quote nobody knows, so of them
// only what the system said and the type are told.
func describe(err error) string {
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

func enabled(log logrus.FieldLogger, level logrus.Level) bool {
	switch log := log.(type) {
	case *logrus.Logger:
		return log.IsLevelEnabled(level)
	case *logrus.Entry:
		return log.Logger.IsLevelEnabled(level)
	}
	return true // a logger of the application's own decides for itself
}
