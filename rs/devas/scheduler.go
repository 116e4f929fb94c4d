package devas

import "sync"

// scheduler decides which request gets which fault.
type scheduler struct {
	mu       sync.Mutex
	next     map[endpoint][]Fault
	flapping map[endpoint]*flap
	standing map[endpoint]Fault
	healed   chan struct{}
}

func (q *scheduler) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.healed != nil {
		close(q.healed)
	}
	q.next, q.flapping, q.standing, q.healed = map[endpoint][]Fault{}, map[endpoint]*flap{}, map[endpoint]Fault{}, make(chan struct{})
}

// take is the fault for the request that arrives now, and the channel that closes when it is healed.
func (q *scheduler) take(at endpoint) (Fault, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if queue := q.next[at]; len(queue) > 0 {
		q.next[at] = queue[1:]
		return queue[0], q.healed
	}
	if f, bad := q.flapping[at].next(); bad {
		return f, q.healed
	}
	return q.standing[at], q.healed
}

// FailNext lets one request to come go wrong for each fault, in this order, after those of earlier calls.
func (s *Server) FailNext(faults ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range faults {
		s.faults.next[f.endpoint()] = append(s.faults.next[f.endpoint()], f)
	}
}

// Fail lets every request go wrong, until Heal or the next Fail. Introspection, UserInfo and keys can each have a fault at the
// same time.
func (s *Server) Fail(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.standing[f.endpoint()] = f
}

// Heal ends all faults, also those not yet due and those under way: what hangs is answered.
func (s *Server) Heal() { s.faults.reset() }
