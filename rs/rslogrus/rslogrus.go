// Package rslogrus logs what a resource server does, with logrus.
//
// The level is error for a failure that is ours or the authorization server's, info for a refusal and for the end of an
// outage, and debug for a request that is let in. No line ever holds a token, a secret or a claim.
package rslogrus

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/eventlog"
)

// DefaultInterval is the Interval of an Observer that has none.
const DefaultInterval = eventlog.DefaultInterval

// Observer is an [rs.Observer] that writes to a logger. Make one with [New]. It is safe for concurrent use; its fields
// must not change any more once it is in use.
//
// The fields of a line are op, kind and reason ([rs.Op], [rs.Kind], [rs.Reason]), duration, cache ([rs.CacheStatus]) and
// error, the cause in words of this project; issuer, where there are several; skipped_keys, the entries of the JWK Set
// that cannot be used ([rs.Event]). Each is left out where it says nothing.
type Observer struct {
	// Interval is the least time between two lines at level error for the same reason: an outage of the authorization
	// server is one line for all its requests. The same holds for requests without a token, at level info, which may be nearly
	// all there are on a route where a token is optional. What comes in between goes to level debug; the next line above that
	// has its number in the field suppressed. Zero: DefaultInterval. Negative: nothing is suppressed.
	Interval time.Duration
	// Now is the clock of Interval; nil: time.Now.
	Now func() time.Time

	log     logrus.FieldLogger
	limiter eventlog.Limiter
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

var levels = [...]logrus.Level{eventlog.Debug: logrus.DebugLevel, eventlog.Info: logrus.InfoLevel, eventlog.Error: logrus.ErrorLevel}

// End writes the line. Hooks of logrus find ctx in the entry.
func (o *Observer) End(ctx context.Context, ev rs.Event) {
	line := o.limiter.Line(ev, o.Interval, o.Now)
	level := levels[line.Level]
	if !enabled(o.log, level) {
		return // the common line, a request that is let in, costs nothing
	}
	fields := logrus.Fields{}
	for name, value := range line.Fields() {
		if name == "error" {
			name = logrus.ErrorKey
		}
		fields[name] = value
	}
	o.log.WithFields(fields).WithContext(ctx).Log(level, line.Message())
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
