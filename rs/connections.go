package rs

import (
	"net/http"
	"sync/atomic"
	"time"
)

// connectionLife is how long connections get new calls. net/http uses one that is never idle for ever: it would lead to where DNS pointed
// when it was made, and show the certificate that we had then.
const connectionLife = 5 * time.Minute

// leaveAgain is the least time between two departures from connections that are not worth keeping: the calls that fail beside each other
// mean the same ones.
const leaveAgain = time.Second

// connections is the transport of our own client: copies of one *http.Transport, of which the latest gets the calls. Those that are under
// way on an earlier one end there.
type connections struct {
	template *http.Transport
	now      func() time.Time
	latest   atomic.Pointer[generation]
	before   atomic.Pointer[generation] // its last connections close when their calls have ended, or are idle for a while
}

// generation is the connections that were made in one time.
type generation struct {
	*http.Transport

	began time.Time
}

// Template is what the transports are copies of. It can be changed until the first call: by what Config.WrapTransport puts around it.
func (c *connections) Template() *http.Transport { return c.template }

func (c *connections) RoundTrip(r *http.Request) (*http.Response, error) {
	return c.current().RoundTrip(r)
}

// current is the latest generation, or the next one if that has come of age.
func (c *connections) current() *generation {
	latest := c.latest.Load()
	if latest.isYounger(connectionLife, c.now()) {
		return latest
	}
	return c.renew(latest)
}

func (c *connections) renew(old *generation) *generation {
	if next := (&generation{c.template.Clone(), c.now()}); !c.latest.CompareAndSwap(old, next) {
		return c.latest.Load()
	}
	c.before.Store(old)
	old.closeIdle()
	return c.latest.Load()
}

// leave lets the next call make a new connection. Those of an injected client are not ours to leave.
func (c *connections) leave() {
	if c == nil {
		return
	}
	if latest := c.latest.Load(); latest.isYounger(leaveAgain, c.now()) {
		latest.closeIdle()
	} else if latest != nil {
		c.renew(latest)
	}
}

// close closes those that are not in use. A later call makes new ones.
func (c *connections) close() {
	if c != nil {
		c.before.Load().closeIdle()
		c.latest.Load().closeIdle()
	}
}

// isYounger is false too when the clock has been set back.
func (g *generation) isYounger(d time.Duration, now time.Time) bool {
	if g == nil {
		return false
	}
	age := now.Sub(g.began)
	return age >= 0 && age < d
}

func (g *generation) closeIdle() {
	if g != nil {
		g.CloseIdleConnections()
	}
}
