package main_test

import (
	"sync/atomic"
	"time"
)

// clock is the real time, plus what a test says has passed: no test sleeps.
type clock struct{ ahead atomic.Int64 }

func newClock() *clock { return &clock{} }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }
