package demo

import (
	"sync/atomic"
	"time"
)

// clock is the real one, set forward at will, so that nobody has to wait for a cache entry to become stale.
type clock struct{ ahead atomic.Int64 }

// Now is in the same time zone and precision as time.Now, without its monotonic reading, which Advance could not move.
func (c *clock) Now() time.Time {
	return time.Now().Round(0).Add(time.Duration(c.ahead.Load()))
}

func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }
