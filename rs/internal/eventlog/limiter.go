package eventlog

import (
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/words"
)

// DefaultInterval is the least time between two lines that a [Limiter] counts, where none is set.
const DefaultInterval = 10 * time.Second

// Limiter lets one line at level Error through for each reason and interval. One failure ends several operations: the fetch of
// keys, the introspection that needed it, and every request that waited. They have the same reason and are told once,
// by the first, which knows best. Requests without a token are limited too: they are nobody's, and most of what a public
// route sees. The zero Limiter is ready; it is safe for concurrent use.
type Limiter struct {
	mu   sync.Mutex
	last map[failureKey]lastLine
}

// failureKey: issuers and the words of package rs are closed sets, so the map is small. One issuer's failure must not hide
// another's.
type failureKey struct {
	issuer string
	apart  rs.Op // where the reason alone would let one failure hide another; else empty
	reason string
}

// keyOf: a cache that fails has no reason of its own, and neither has an application's rule that does.
func keyOf(ev rs.Event, failure *rs.Error) failureKey {
	key := failureKey{issuer: ev.Issuer, reason: words.Reason(failure.Reason)}
	if ev.Op == rs.OpCache || ev.Op == rs.OpAuthorize && failure.Reason == rs.ReasonUnexpected {
		key.apart = ev.Op
	}
	return key
}

type lastLine struct {
	at         time.Time
	suppressed int
}

// Line is the line for the end of an operation. One that the interval suppresses is at Debug; the next one that is not has
// the number of those. An interval of zero is DefaultInterval, a negative one suppresses nothing; a nil clock is
// time.Now.
func (l *Limiter) Line(ev rs.Event, interval time.Duration, now func() time.Time) Line {
	line := Line{event: ev, failure: rs.AsError(ev.Err)}
	if line.Level = levelOf(ev.Op, line.failure); line.Level != Error && !withoutToken(ev.Op, line.failure) {
		return line
	}
	if interval == 0 {
		interval = DefaultInterval
	}
	if now == nil {
		now = time.Now //nolint:forbidigo // the default of the clock
	}
	suppressed, ok := l.allow(keyOf(ev, line.failure), now(), interval)
	if !ok {
		line.Level = Debug
	}
	line.suppressed = suppressed
	return line
}

// allow says whether a line may be written, and how many were suppressed since the one before.
func (l *Limiter) allow(key failureKey, now time.Time, interval time.Duration) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, known := l.last[key]
	if since := now.Sub(line.at); known && 0 <= since && since < interval { // a clock set back must not silence us
		line.suppressed++
		l.last[key] = line
		return 0, false
	}
	if l.last == nil {
		l.last = map[failureKey]lastLine{}
	}
	l.last[key] = lastLine{at: now}
	return line.suppressed, true
}
