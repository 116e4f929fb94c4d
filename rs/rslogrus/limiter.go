package rslogrus

import (
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// limiter lets one line at level error through for each interval. One failure ends several operations: the fetch of
// keys, the introspection that needed it, and every request that waited. They have the same reason and are told once,
// by the first, which knows best.
type limiter struct {
	mu   sync.Mutex
	last map[failureKey]lastLine
}

// failureKey: reasons are a closed set, so the map is small.
type failureKey struct {
	ofCache bool // a cache that fails has no reason of its own, and must not hide another failure without one
	reason  rs.Reason
}

type lastLine struct {
	at         time.Time
	suppressed int
}

// allow says whether a line may be written, and how many were suppressed since the one before.
func (o *Observer) allow(op rs.Op, reason rs.Reason) (suppressed int, ok bool) {
	interval := o.Interval
	if interval == 0 {
		interval = DefaultInterval
	}
	now := time.Now //nolint:forbidigo // the default of Now
	if o.Now != nil {
		now = o.Now
	}
	return o.limiter.allow(failureKey{op == rs.OpCache, reason}, now(), interval)
}

func (l *limiter) allow(key failureKey, now time.Time, interval time.Duration) (suppressed int, ok bool) {
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
