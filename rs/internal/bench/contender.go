package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/load"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// connections of the load generator to one service.
const connections = 8

// warmUp is the beginning of a slice that does not count: the processor's caches still hold the last service, and the first
// connections have it for themselves.
const warmUp = 10 * time.Millisecond

// contender is a service with its load.
type contender struct {
	label    string
	spec     service.Spec
	requests load.Requests
	tokens   int  // how many there are in requests
	rare     bool // in every third round only, as it has no limit
	shares   bool // one slice of what it is compared with does for all that share it

	process *service.Process
	client  *load.Client
	own     figures
	base    figures // of what it is compared with, of the same rounds
}

// figures are what slices of one service found, one a round.
type figures struct {
	rate stats.Series // requests a second
	tail stats.Series // p99 in µs
	cpu  stats.Series // µs of CPU of the service per request
}

func (f *figures) add(s slice) {
	f.rate, f.tail, f.cpu = append(f.rate, s.rate), append(f.tail, s.tail), append(f.cpu, s.cpu)
}

func (f *figures) last() *slice {
	i := len(f.rate) - 1
	return &slice{f.rate[i], f.tail[i], f.cpu[i]}
}

// slice is one short measurement of a service.
type slice struct{ rate, tail, cpu float64 }

func (c *contender) start(ctx context.Context) (err error) {
	if c.process, err = service.Start(ctx, c.spec); err != nil {
		return err
	}
	c.client, err = load.Dial(ctx, c.process.Addr, connections)
	return err
}

func (c *contender) stop() {
	if c.client != nil {
		c.client.Close()
	}
	if c.process != nil {
		c.process.Stop()
	}
	c.client, c.process = nil, nil
}

// measure saturates the service for d.
func (c *contender) measure(d time.Duration) (slice, error) {
	before, err := c.process.CPU()
	if err != nil {
		return slice{}, err
	}
	result, err := c.client.Saturate(warmUp, d, c.requests)
	if err != nil {
		return slice{}, fmt.Errorf("%s: %w", c.label, err)
	}
	after, err := c.process.CPU()
	if err != nil {
		return slice{}, err
	}
	return slice{
		rate: result.PerSecond(),
		tail: float64(stats.Percentile(result.Times, 0.99)) / float64(time.Microsecond),
		cpu:  float64(after-before) / float64(time.Microsecond) / float64(result.Sent),
	}, nil
}

// takeTurns measures everybody in every round, each time beginning with another one, against base. Garbage of this process is
// collected between the rounds only.
func takeTurns(base *contender, all []*contender, rounds int, size scale) error {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for round := 0; size.more(round, rounds); round++ {
		runtime.GC()
		var shared *slice
		for i := range all {
			c := all[(i+round)%len(all)]
			if c.rare && round%3 != 0 {
				continue
			}
			var err error
			switch {
			case !c.shares:
				err = c.beside(base, round%2 == 0, size.slice) // rare ones too: of 0, 3, 6, … every other is even
			case shared == nil:
				if err = c.beside(base, true, size.slice); err == nil {
					shared = c.base.last()
				}
			default:
				err = c.after(*shared, size.slice)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// after measures the contender against a slice that was measured before.
func (c *contender) after(base slice, d time.Duration) error {
	s, err := c.measure(d)
	if err != nil {
		return err
	}
	c.own.add(s)
	c.base.add(base)
	return nil
}

// beside measures the contender and what it is compared with, one right after the other, in one order or the other.
func (c *contender) beside(base *contender, baseFirst bool, d time.Duration) error {
	order := []*contender{c, base}
	if baseFirst {
		order = []*contender{base, c}
	}
	for _, one := range order {
		s, err := one.measure(d)
		if err != nil {
			return err
		}
		if one == c {
			c.own.add(s)
		} else {
			c.base.add(s)
		}
	}
	return nil
}
