package rs_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestServingStaleRacesWithNobody: facts are shared by all requests, and while some serve them stale, others note on them
// that they were used, or that a refresh was begun. Run it with -race.
func TestServingStaleRacesWithNobody(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good())
	cfg := config(w)
	cfg.StaleIfError, cfg.NoRetry, cfg.CircuitOpen = time.Minute, true, -1
	start := atomic.Bool{}
	cfg.Now = func() time.Time { // jumps about the end of the TTL, and shares nothing that would put the readers in order
		if !start.Load() {
			return epoch
		}
		return epoch.Add(29*time.Second + time.Duration(time.Now().UnixNano()%3)*time.Second)
	}
	s := newServer(t, cfg)
	if got := outcome(s, "token"); got != "" {
		t.Fatal(got)
	}
	w.on(endpoint, answers(500, "", ""))
	start.Store(true)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 50 {
				if got := outcome(s, "token"); got != "" && got != rs.ReasonStatus {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	all.Wait()
}
