package rs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// byToken answers with the handler that the token names, else like other.
func byToken(t testing.TB, handlers map[string]http.HandlerFunc, other http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h := handlers[form(t, r).Get("token")]; h != nil {
			h(w, r)
			return
		}
		other(w, r)
	}
}

func TestAHangingServerDelaysNobodyBeyondTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		cfg := live(w)
		cfg.Timeout, cfg.Budget, cfg.NoRefreshAhead = 5*time.Second, 2*time.Second, true
		s := newServer(t, cfg)
		outcome(s, "cached")
		w.on(endpoint, after(time.Hour, good()))
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				start := time.Now()
				_, err := s.Authenticate(t.Context(), fmt.Sprint("new", i))
				if e := rs.AsError(err); e.Kind != rs.ErrUnavailable || time.Since(start) > 2*time.Second {
					t.Errorf("got %v after %v", e, time.Since(start))
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		if got := outcome(s, "cached"); got != "" || time.Since(start) != 0 {
			t.Errorf("the cached token: %q after %v", got, time.Since(start))
		}
		all.Wait()
	})
}

func TestCallsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		count := func(change int) {
			mu.Lock()
			defer mu.Unlock()
			now += change
			most = max(most, now)
		}
		w := newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
			count(1)
			time.Sleep(time.Second)
			count(-1)
			good()(w, r)
		})
		cfg := live(w)
		cfg.MaxConcurrent, cfg.MaxWait = 4, 2500*time.Millisecond
		s := newServer(t, cfg)
		for crowd := range 2 { // the second finds all places and the whole queue as the first did
			var accepted, refused, atOnce atomic.Int32
			var all sync.WaitGroup
			for i := range 500 {
				all.Go(func() {
					start := time.Now()
					_, err := s.Authenticate(t.Context(), fmt.Sprint("t", crowd, ".", i))
					if err == nil {
						accepted.Add(1)
						return
					}
					e := refusal(t, err, rs.ErrUnavailable, rs.ReasonOverloaded)
					if e.RetryAfter != time.Second {
						t.Errorf("Retry-After %v", e.RetryAfter)
					}
					refused.Add(1)
					if time.Since(start) == 0 {
						atOnce.Add(1)
					}
				})
			}
			all.Wait()
			// 4 at once, 2 more rounds of them within the wait; 128 may queue, all others are refused at once.
			if most != 4 || accepted.Load() != 12 || refused.Load() != 488 || atOnce.Load() != 500-4-128 {
				t.Errorf("crowd %d: %d at once, %d accepted, %d refused, %d of them at once", crowd, most, accepted.Load(), refused.Load(), atOnce.Load())
			}
		}
	})
}

// TestDefaultsOfTheCrowd: 64 calls at once, and two seconds of wait for a place.
func TestDefaultsOfTheCrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, live(newWire().on(endpoint, after(3*time.Second, good()))))
		var accepted, late atomic.Int32
		var all sync.WaitGroup
		for i := range 70 {
			all.Go(func() {
				began := time.Now()
				switch got := outcome(s, fmt.Sprint("t", i)); {
				case got == "":
					accepted.Add(1)
				case got == rs.ReasonOverloaded && time.Since(began) == 2*time.Second:
					late.Add(1)
				}
			})
		}
		all.Wait()
		if accepted.Load() != 64 || late.Load() != 6 {
			t.Errorf("%d accepted, %d refused after two seconds", accepted.Load(), late.Load())
		}
	})
}

// TestTheBudgetEndsTheWaitForAPlace, where it is shorter than MaxWait.
func TestTheBudgetEndsTheWaitForAPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(newWire().on(endpoint, after(3*time.Second, good())))
		cfg.MaxConcurrent, cfg.MaxWait, cfg.Budget = 1, 4*time.Second, 2*time.Second
		s := newServer(t, cfg)
		go func() { outcome(s, "first") }()
		synctest.Wait()
		began := time.Now()
		if got := outcome(s, "second"); got != rs.ReasonTimeout || time.Since(began) != cfg.Budget {
			t.Errorf("got %q after %v", got, time.Since(began))
		}
	})
}

func TestTheCircuitOpensAndCloses(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"500":     answers(500, "text/plain", "no"),
		"503":     answers(503, "text/plain", "no"),
		"429":     answers(429, "text/plain", "no"),
		"garbage": answers(200, "text/html", "<html>"),
		"aborted": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire().on(endpoint, h)
				seen := &recorder{}
				cfg := live(w)
				cfg.Observer, cfg.Timeout, cfg.NoRetry = seen, 100*time.Millisecond, true
				s := newServer(t, cfg)
				for i := range 100 {
					outcome(s, fmt.Sprint("t", i))
					time.Sleep(time.Millisecond)
				}
				if n := w.count(endpoint); n > 25 {
					t.Fatalf("%d calls to a server that is down", n)
				}
				e := refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonCircuitOpen)
				_, err := s.Authenticate(t.Context(), "another")
				if refusal(t, err, rs.ErrUnavailable, rs.ReasonCircuitOpen); e.RetryAfter <= 0 || e.RetryAfter > 5*time.Second {
					t.Errorf("Retry-After %v", e.RetryAfter)
				}
				before := w.count(endpoint)
				time.Sleep(5*time.Second + time.Millisecond)
				outcome(s, "probe") // still down
				if outcome(s, "after-the-probe"); w.count(endpoint) > before+2 {
					t.Errorf("%d calls after the first rest", w.count(endpoint)-before)
				}
				w.on(endpoint, good())
				time.Sleep(5*time.Second + time.Millisecond)
				for i := range 10 {
					if got := outcome(s, fmt.Sprint("good", i)); got != "" {
						t.Fatalf("after the recovery: %q", got)
					}
				}
				if events := seen.of(rs.OpCircuit); len(events) < 2 || reason(events[0].Err) != rs.ReasonCircuitOpen || events[len(events)-1].Err != nil || s.Ready() != nil {
					t.Errorf("circuit events %v, ready %v", events, s.Ready())
				}
			})
		})
	}
}

// asksBack is an Observer that looks at the Server when the circuit opens or closes, as one that keeps a gauge may do.
type asksBack struct {
	server *rs.Server
	ready  []error
}

func (a *asksBack) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

func (a *asksBack) End(_ context.Context, ev rs.Event) {
	if ev.Op == rs.OpCircuit {
		a.ready = append(a.ready, a.server.Ready())
	}
}

func TestAnObserverOfTheCircuitMayAskTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, seen := newWire().on(endpoint, answers(500, "", "")), &asksBack{}
		cfg := live(w)
		cfg.Observer = seen
		s := newServer(t, cfg)
		seen.server = s
		for i := range 50 {
			outcome(s, fmt.Sprint("t", i))
			time.Sleep(time.Millisecond)
		}
		w.on(endpoint, good())
		time.Sleep(6 * time.Second)
		if got := outcome(s, "good"); got != "" {
			t.Errorf("after the rest: %q", got)
		}
		if len(seen.ready) != 2 || reason(seen.ready[0]) != rs.ReasonCircuitOpen || seen.ready[1] != nil {
			t.Errorf("ready when told: %v", seen.ready)
		}
	})
}

func TestTokensCannotOpenTheCircuit(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"500":     answers(500, "text/plain", "crash"),
		"400":     answers(400, "application/json", `{"error":"invalid_request"}`),
		"403":     answers(403, "text/plain", "blocked"),
		"claims":  jsonAnswer(`{"active":true,"sub":5}`),
		"aborted": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				poison := map[string]http.HandlerFunc{}
				for i := range 500 {
					poison[fmt.Sprint("poison", i)] = h
				}
				w := newWire().on(endpoint, byToken(t, poison, good()))
				cfg := live(w)
				cfg.Timeout, cfg.NoRetry = 100*time.Millisecond, true
				s := newServer(t, cfg)
				for i := range 500 {
					if got := outcome(s, fmt.Sprint("poison", i)); got == rs.ReasonCircuitOpen || got == "" {
						t.Fatalf("attempt %d: %q", i, got)
					}
					if got := outcome(s, fmt.Sprint("good", i/50)); got != "" {
						t.Fatalf("a good token after %d others: %q", i+1, got)
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		})
	}
}

func TestRefusedCredentialsAreNotTriedAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, answers(401, "application/json", `{"error":"invalid_client"}`))
		seen := &recorder{}
		cfg := live(w)
		cfg.Observer = seen
		s := newServer(t, cfg)
		for i := range 100 {
			_, err := s.Authenticate(t.Context(), fmt.Sprint("t", i))
			refusal(t, err, rs.ErrInternal, rs.ReasonClientCredentials)
			synctest.Wait()
		}
		if w.count(endpoint) != 2 || seen.count(rs.OpIntrospect) != 2 {
			t.Errorf("%d calls, %d events, want one and a second opinion", w.count(endpoint), seen.count(rs.OpIntrospect))
		}
		refusal(t, s.Ready(), rs.ErrInternal, rs.ReasonClientCredentials)
		w.on(endpoint, good())
		time.Sleep(10 * time.Second)
		if got := outcome(s, "token"); got != "" || s.Ready() != nil {
			t.Errorf("after the repair: %q, %v", got, s.Ready())
		}
	})
}

// The pause is about a secret. Another one ends it: whoever repairs it need not wait.
func TestANewSecretEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := rs.Secret("old")
		w := newWire().on(endpoint, func(w http.ResponseWriter, r *http.Request) {
			if _, secret, _ := r.BasicAuth(); secret != "new" {
				answers(401, "application/json", `{"error":"invalid_client"}`)(w, r)
				return
			}
			good()(w, r)
		})
		cfg := live(w)
		cfg.ClientSecret, cfg.ClientSecretFrom = "", func(context.Context) (rs.Secret, error) {
			if now == "" {
				return "", errors.New("no vault")
			}
			return now, nil
		}
		s := newServer(t, cfg)
		calls := func(why string, want int, token string, reason rs.Reason) {
			t.Helper()
			before := w.count(endpoint)
			if got := outcome(s, token); got != reason {
				t.Errorf("%s: got %q, want %q", why, got, reason)
			}
			if synctest.Wait(); w.count(endpoint)-before != want {
				t.Errorf("%s: %d calls, want %d", why, w.count(endpoint)-before, want)
			}
			time.Sleep(2 * time.Second)
		}
		calls("refused", 2, "a", rs.ReasonClientCredentials)
		calls("paused", 0, "b", rs.ReasonClientCredentials)
		now = ""
		calls("none can be had", 0, "c", rs.ReasonClientCredentials)
		now = "wrong again"
		calls("another that is wrong", 2, "d", rs.ReasonClientCredentials)
		calls("paused again", 0, "e", rs.ReasonClientCredentials)
		now = "new"
		calls("the right one", 1, "f", "")
		if err := s.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// TestTheTimeoutOfACall ends it before the budget of the decision does.
func TestTheTimeoutOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(newWire().on(endpoint, after(time.Hour, good())))
		cfg.Timeout, cfg.Budget = 2*time.Second, 20*time.Second
		s := newServer(t, cfg)
		start := time.Now()
		if got := outcome(s, "token"); got != rs.ReasonTimeout || time.Since(start) != 2*time.Second {
			t.Errorf("got %q after %v, want %q after 2s", got, time.Since(start), rs.ReasonTimeout)
		}
	})
}
