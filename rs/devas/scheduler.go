package devas

import "sync"

// scheduler decides which request gets which fault.
type scheduler struct {
	mu       sync.Mutex
	next     map[bool][]Fault // by endpoint: is it the one of the keys?
	flapping map[bool]*flap
	standing map[bool]Fault
	healed   chan struct{}
}

func (q *scheduler) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.healed != nil {
		close(q.healed)
	}
	q.next, q.flapping, q.standing, q.healed = map[bool][]Fault{}, map[bool]*flap{}, map[bool]Fault{}, make(chan struct{})
}

// take is the fault for the request that arrives now, and the channel that closes when it is healed.
func (q *scheduler) take(onKeys bool) (Fault, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if queue := q.next[onKeys]; len(queue) > 0 {
		q.next[onKeys] = queue[1:]
		return queue[0], q.healed
	}
	if f, bad := q.flapping[onKeys].next(); bad {
		return f, q.healed
	}
	return q.standing[onKeys], q.healed
}

// FailNext lets one request to come go wrong for each fault, in this order, after those of earlier calls.
func (s *Server) FailNext(faults ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range faults {
		s.faults.next[f.onKeys()] = append(s.faults.next[f.onKeys()], f)
	}
}

// Fail lets every request go wrong, until Heal or the next Fail. Introspection and keys can each have a fault at the same time.
func (s *Server) Fail(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.standing[f.onKeys()] = f
}

// Heal ends all faults, also those not yet due and those under way: what hangs is answered.
func (s *Server) Heal() { s.faults.reset() }
