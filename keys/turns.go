package keys

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// turns bounds the decryptions at once to one less than there are processors:
// an RSA decryption keeps one busy for a millisecond or more, and a burst of
// new tokens must leave one for everybody else. With as many as there are
// processors, the 99th percentile of cached tokens beside a crowd of new ones is
// 33 ms in place of 1.4 (make bench, two processors).
//
// It is made of mutexes, and not of a channel, because a channel that is made in
// a bubble of testing/synctest can be used in no other place, and tests share
// keys.
type turns struct {
	places []sync.Mutex
	next   atomic.Uint32
}

func newTurns() *turns {
	return &turns{places: make([]sync.Mutex, max(runtime.GOMAXPROCS(0)-1, 1))}
}

// take waits for a place, which is to be unlocked in the end: a free one, else
// whichever is next. Then it lets other threads go first, once.
func (t *turns) take() *sync.Mutex {
	place := t.wait()
	yieldThread()
	return place
}

func (t *turns) wait() *sync.Mutex {
	for i := range t.places {
		if t.places[i].TryLock() {
			return &t.places[i]
		}
	}
	place := &t.places[t.next.Add(1)%uint32(len(t.places))] //nolint:gosec // G115: processors
	place.Lock()
	return place
}
