// Package rsslog logs what a resource server does, with log/slog.
//
// The level is error for a failure that is ours or the authorization server's, info for a refusal and for the end of an
// outage, and debug for a request that is let in. No record ever holds a token, a secret or a claim. Fields, levels and
// messages are those of package rslogrus.
package rsslog

import (
	"context"
	"log/slog"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/eventlog"
)

// DefaultInterval is the Interval of an Observer that has none.
const DefaultInterval = eventlog.DefaultInterval

// Observer is an [rs.Observer] that writes to a logger. Make one with [New]. It is safe for concurrent use; its fields
// must not change any more once it is in use.
//
// The attributes of a record are op, kind and reason ([rs.Op], [rs.Kind], [rs.Reason]), duration, cache ([rs.CacheStatus])
// and error, the cause in words of this project; issuer, where there are several; skipped_keys, the entries of the JWK Set
// that cannot be used ([rs.Event]). Each is left out where it says nothing. All but suppressed, a number, are strings: a
// duration reads "1.2ms" in JSON too.
type Observer struct {
	// Interval is the least time between two records at level error for the same reason: an outage of the authorization
	// server is one record for all its requests. The same holds for requests without a token, at level info, which may be nearly
	// all there are on a route where a token is optional. What comes in between goes to level debug; the next record above that
	// has its number in the attribute suppressed. Zero: DefaultInterval. Negative: nothing is suppressed.
	Interval time.Duration
	// Now is the clock of Interval; nil: time.Now.
	Now func() time.Time

	log     *slog.Logger
	limiter eventlog.Limiter
}

// New is an Observer that logs to log; nil is slog.Default as it is now.
func New(log *slog.Logger) *Observer {
	if log == nil {
		log = slog.Default()
	}
	return &Observer{log: log}
}

// Begin does nothing.
func (o *Observer) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

var levels = [...]slog.Level{eventlog.Debug: slog.LevelDebug, eventlog.Info: slog.LevelInfo, eventlog.Error: slog.LevelError}

// End writes the record. Handlers are given ctx, the context of the operation.
func (o *Observer) End(ctx context.Context, ev rs.Event) {
	line := o.limiter.Line(ev, o.Interval, o.Now)
	level := levels[line.Level]
	if !o.log.Enabled(ctx, level) {
		return // the common record, a request that is let in, costs nothing
	}
	attrs := make([]slog.Attr, 0, 8)
	for name, value := range line.Fields() {
		attrs = append(attrs, slog.Any(name, value))
	}
	o.log.LogAttrs(ctx, level, line.Message(), attrs...)
}
