package devas

import "fmt"

// flap is a fault that comes and goes.
type flap struct {
	fault      Fault
	bad, cycle int
	seen       int
}

// Flap lets bad of every cycle requests go wrong, the first of each cycle, until Heal or a Flap with bad zero:
// Flap(ServerError, 1, 3) is a 500, two right answers, a 500, and so on. It counts the requests that no FailNext is
// waiting for, and comes before Fail. Introspection, UserInfo and keys can each have one at the same time. It panics
// unless 0 <= bad <= cycle and cycle > 0, as such a rhythm has no meaning.
func (s *Server) Flap(f Fault, bad, cycle int) {
	if bad < 0 || cycle < 1 || bad > cycle {
		panic(fmt.Sprintf("devas: Flap: %d of %d requests cannot fail", bad, cycle))
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.flapping[f.endpoint()] = &flap{fault: f, bad: bad, cycle: cycle}
}

// next is the fault for the request that arrives now, if it is one of the bad ones.
func (f *flap) next() (Fault, bool) {
	if f == nil || f.bad == 0 {
		return 0, false
	}
	turn := f.seen % f.cycle
	f.seen++
	return f.fault, turn < f.bad
}
