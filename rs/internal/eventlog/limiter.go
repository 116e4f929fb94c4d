package eventlog

import (
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// DefaultInterval is the least time between two lines at level Error for one reason, where none is set.
const DefaultInterval = 10 * time.Second

// Limiter lets one line at level Error through for each interval. One failure ends several operations: the fetch of
// keys, the introspection that needed it, and every request that waited. They have the same reason and are told once,
// by the first, which knows best. The zero Limiter is ready; it is safe for concurrent use.
type Limiter struct {
	mu   sync.Mutex
	last map[failureKey]lastLine
}

// failureKey: issuers and reasons are closed sets, so the map is small. One issuer's failure must not hide another's.
type failureKey struct {
	issuer  string
	ofCache bool // a cache that fails has no reason of its own, and must not hide another failure without one
	reason  rs.Reason
}

type lastLine struct {
	at         time.Time
	suppressed int
}

// Level is the level of the line for the end of an operation; failure is its error, nil if it went well. A line that the
// interval suppresses is at Debug; the next one at Error comes with the number of those. An interval of zero is
// DefaultInterval, a negative one suppresses nothing; a nil clock is time.Now.
func (l *Limiter) Level(ev rs.Event, failure *rs.Error, interval time.Duration, now func() time.Time) (level Level, suppressed int) {
	if level = levelOf(ev.Op, failure); level != Error {
		return level, 0
	}
	if interval == 0 {
		interval = DefaultInterval
	}
	if now == nil {
		now = time.Now //nolint:forbidigo // the default of the clock
	}
	suppressed, ok := l.allow(failureKey{ev.Issuer, ev.Op == rs.OpCache, failure.Reason}, now(), interval)
	if !ok {
		return Debug, 0
	}
	return Error, suppressed
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
