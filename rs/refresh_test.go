package rs_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestABusyTokenNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, after(time.Second, jsonAnswer(mustJSON(claims(map[string]any{"exp": nil})))))
		s := newServer(t, live(w))
		outcome(s, "token")
		for range 600 { // ten minutes of one request a second
			time.Sleep(time.Second)
			start := time.Now()
			if got := outcome(s, "token"); got != "" || time.Since(start) != 0 {
				t.Fatalf("%q after %v", got, time.Since(start))
			}
		}
		if n := w.count(endpoint); n < 600/30 || n > 600/24+1 {
			t.Errorf("%d calls in ten minutes", n)
		}
	})
}

func TestRefreshAhead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change map[string]any
		adjust func(*rs.Config)
		age    time.Duration
		calls  int
	}{
		{"too early", nil, nil, 24*time.Second - 1, 1},
		{"in the last fifth", nil, nil, 24 * time.Second, 2},
		{"off", nil, func(c *rs.Config) { c.NoRefreshAhead = true }, 29 * time.Second, 1},
		{"never for a refusal", map[string]any{"active": false}, nil, 4900 * time.Millisecond, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(c.change))))
				cfg := live(w)
				if c.adjust != nil {
					c.adjust(&cfg)
				}
				s := newServer(t, cfg)
				outcome(s, "token")
				time.Sleep(c.age)
				w.on(endpoint, after(time.Second, jsonAnswer(mustJSON(claims(c.change)))))
				for range 100 {
					outcome(s, "token")
				}
				synctest.Wait()
				if w.count(endpoint) != c.calls {
					t.Errorf("%d calls, want %d", w.count(endpoint), c.calls)
				}
			})
		})
	}
}

func TestAFailedRefreshHarmsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		s := newServer(t, live(w))
		outcome(s, "token")
		w.on(endpoint, answers(500, "", ""))
		time.Sleep(25 * time.Second)
		for range 10 {
			if got := outcome(s, "token"); got != "" {
				t.Error(got)
			}
			synctest.Wait()
		}
		if w.count(endpoint) != 2 {
			t.Errorf("%d calls, want one refresh", w.count(endpoint))
		}
		time.Sleep(5 * time.Second)
		if got := outcome(s, "token"); got != rs.ReasonStatus {
			t.Errorf("past its time: %q", got)
		}
	})
}

func TestARefreshNoticesARevocation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		s := newServer(t, live(w))
		outcome(s, "token")
		w.on(endpoint, jsonAnswer(`{"active":false}`))
		time.Sleep(25 * time.Second)
		outcome(s, "token")
		synctest.Wait()
		if got := outcome(s, "token"); got != rs.ReasonInactive {
			t.Errorf("after the refresh: %q", got)
		}
	})
}

// TestRefreshesAreBounded by a quarter of MaxConcurrent, and by 16.
func TestRefreshesAreBounded(t *testing.T) {
	t.Parallel()
	for concurrent, want := range map[int]int{0: 16, -1: 16, 1000: 16, 9: 3, 8: 2, 1: 1} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire().on(endpoint, good())
			cfg := live(w)
			cfg.MaxConcurrent = concurrent
			s := newServer(t, cfg)
			for i := range 100 {
				outcome(s, fmt.Sprint("t", i))
			}
			w.on(endpoint, after(time.Second, good()))
			time.Sleep(25 * time.Second)
			before := w.count(endpoint)
			for i := range 100 {
				outcome(s, fmt.Sprint("t", i))
			}
			synctest.Wait()
			if n := w.count(endpoint) - before; n != want {
				t.Errorf("MaxConcurrent %d: %d refreshes at once, want %d", concurrent, n, want)
			}
			time.Sleep(2 * time.Second)
		})
	}
}

// TestARefreshThatHadNoPlaceIsBegunLater: many tokens that came at once also leave at once, and each has to get its turn.
func TestARefreshThatHadNoPlaceIsBegunLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"exp": nil}))))
		s := newServer(t, live(w))
		all := func() {
			for i := range 100 {
				start := time.Now()
				if got := outcome(s, fmt.Sprint("t", i)); got != "" || time.Since(start) != 0 {
					t.Errorf("token %d: %q after %v", i, got, time.Since(start))
				}
			}
		}
		all()
		w.on(endpoint, after(100*time.Millisecond, jsonAnswer(mustJSON(claims(map[string]any{"exp": nil})))))
		time.Sleep(25 * time.Second)
		for range 7 { // 16 at once, in 100 milliseconds
			all()
			time.Sleep(101 * time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		all() // past the first answers: those who still have one of them would wait
	})
}

// TestAFloodDoesNotKeepKnownTokensOut: unknown tokens take every place and every chance to wait for one; a token that is known to be
// good, and in use, is asked about all the same, and is good in the end.
func TestAFloodDoesNotKeepKnownTokensOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		facts := jsonAnswer(mustJSON(claims(map[string]any{"exp": nil})))
		w := newWire().on(endpoint, byToken(t, map[string]http.HandlerFunc{"known": facts}, after(4*time.Second, jsonAnswer(`{"active":false}`))))
		cfg := live(w)
		cfg.MaxConcurrent, cfg.CircuitOpen = 2, -1
		s := newServer(t, cfg)
		outcome(s, "known")
		var all sync.WaitGroup
		for i := range 300 { // a minute
			all.Go(func() { outcome(s, fmt.Sprint("unknown", i)) })
			time.Sleep(200 * time.Millisecond)
			if got := outcome(s, "known"); got != "" {
				t.Fatalf("after %d unknown tokens: %q", i, got)
			}
		}
		all.Wait()
	})
}
