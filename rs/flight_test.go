package rs_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// after answers like h, d later.
func after(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			h(w, r)
		case <-r.Context().Done():
		}
	}
}

// live is a configuration on the clock of the synctest bubble.
func live(w *wire) rs.Config {
	return onBubble(config(w))
}

// onBubble lets a configuration live on the clock of the bubble, with the time-outs of production.
func onBubble(cfg rs.Config) rs.Config {
	cfg.Now, cfg.Timeout = func() time.Time { return epoch.Add(time.Since(bubbleStart)) }, 0
	return cfg
}

// bubbleStart is when every synctest bubble begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestStampedeIsOneCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   rs.Reason
	}{
		"good":    {after(time.Second, good()), ""},
		"refused": {after(time.Second, jsonAnswer(`{"active":false}`)), rs.ReasonInactive},
		"failing": {after(time.Second, answers(500, "text/plain", "no")), rs.ReasonStatus},
		"hanging": {after(time.Hour, good()), rs.ReasonTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire().on(endpoint, c.answer)
				cfg := live(w)
				seen := &recorder{}
				cfg.Observer = seen
				s := newServer(t, cfg)
				var wrong atomic.Int32
				for range 1000 {
					go func() {
						if outcome(s, "token") != c.want {
							wrong.Add(1)
						}
					}()
				}
				time.Sleep(6 * time.Second) // the bubble's clock
				synctest.Wait()
				if wrong.Load() != 0 || w.count(endpoint) != 1 {
					t.Errorf("%d wrong verdicts, %d calls", wrong.Load(), w.count(endpoint))
				}
				shared := 0
				for _, ev := range seen.of(rs.OpAuthenticate) {
					if ev.Cache == rs.CacheShared {
						shared++
					}
				}
				if name == "good" && shared != 999 {
					t.Errorf("%d callers shared the call, want 999", shared)
				}
			})
		})
	}
}

func TestACallerThatLeavesFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, after(time.Second, good()))
		s := newServer(t, live(w))
		first, leave := context.WithCancel(t.Context())
		results := make(chan error, 2)
		go func() { _, err := s.Authenticate(first, "token"); results <- err }()
		synctest.Wait()
		go func() { _, err := s.Authenticate(t.Context(), "token"); results <- err }()
		synctest.Wait()
		leave()
		refusal(t, <-results, rs.ErrUnavailable, rs.ReasonCanceled)
		if err := <-results; err != nil || w.count(endpoint) != 1 {
			t.Errorf("the other caller got %v after %d calls", err, w.count(endpoint))
		}
	})
}

func TestTheFlightEndsWhenTheLastCallerHasLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		given := make(chan time.Time, 1)
		w := newWire().on(endpoint, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			given <- time.Now()
		})
		s := newServer(t, live(w))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Authenticate(ctx, "token")
		refusal(t, err, rs.ErrUnavailable, rs.ReasonTimeout)
		if up := (<-given).Sub(bubbleStart); up != time.Second {
			t.Errorf("the call was given up after %v", up)
		}
		w.on(endpoint, good())
		if got := outcome(s, "token"); got != "" {
			t.Errorf("the next caller got %q", got)
		}
	})
}

// panicking panics where it is told to.
type panicking struct {
	rs.Cache
	rs.Observer
	at string
}

func (p panicking) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	return nil, false, nil
}

func (p panicking) Put(context.Context, rs.CacheKey, *rs.Introspection, time.Duration) error {
	if p.at == "cache" {
		panic("the token")
	}
	return nil
}

func (p panicking) Begin(ctx context.Context, op rs.Op) context.Context {
	if p.at == "begin" && op == rs.OpIntrospect {
		panic("the token")
	}
	return ctx
}

func (p panicking) End(_ context.Context, ev rs.Event) {
	if p.at == "end" && ev.Op == rs.OpIntrospect {
		panic("the token")
	}
}

func TestAPanicOfACollaboratorIsOneFailedRequest(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"cache", "begin", "end", "transport"} {
		w := newWire().on(endpoint, good())
		cfg := config(w)
		cfg.Cache, cfg.Observer = panicking{at: at}, panicking{at: at}
		if at == "transport" {
			cfg.HTTPClient = &http.Client{Transport: panickingTransport{}}
		}
		s := newServer(t, cfg)
		for range 2 { // the second finds no trace of the first
			_, err := s.Authenticate(t.Context(), "token")
			e := refusal(t, err, rs.ErrInternal, rs.ReasonUnexpected)
			if got := e.Err.Error(); got != "rs: panic with a value of type string" {
				t.Errorf("%s: the error says %q", at, got)
			}
		}
	}
}

type panickingTransport struct{}

func (panickingTransport) RoundTrip(*http.Request) (*http.Response, error) { panic("the token") }

// sluggish is a transport whose first call does not notice that nobody waits for it any more.
type sluggish struct {
	*wire
	calls atomic.Int32
}

func (s *sluggish) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.calls.Add(1) == 1 {
		time.Sleep(2 * time.Second)
		return nil, context.DeadlineExceeded
	}
	return s.wire.RoundTrip(r)
}

// TestAnAbandonedFlightDoesNotEndTheNext: whoever comes while the next one is under way joins it.
func TestAnAbandonedFlightDoesNotEndTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &sluggish{wire: newWire().on(endpoint, after(4*time.Second, good()))}
		cfg := live(w.wire)
		cfg.HTTPClient = &http.Client{Transport: w}
		s := newServer(t, cfg)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Authenticate(ctx, "token")
		refusal(t, err, rs.ErrUnavailable, rs.ReasonTimeout)
		results := make(chan rs.Reason, 2)
		go func() { results <- outcome(s, "token") }()
		time.Sleep(2 * time.Second) // the abandoned call has ended by now
		go func() { results <- outcome(s, "token") }()
		for range 2 {
			if got := <-results; got != "" {
				t.Error(got)
			}
		}
		if got := w.calls.Load(); got != 2 {
			t.Errorf("%d calls, want 2: the abandoned one and one for both", got)
		}
	})
}

// TestAPanicIsNoOutage: it is reported as what it is, and the circuit stays closed, since the authorization server was not reached.
func TestAPanicIsNoOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := &recorder{}
		cfg := live(newWire())
		cfg.HTTPClient, cfg.Observer = &http.Client{Transport: panickingTransport{}}, seen
		s := newServer(t, cfg)
		for range 60 {
			_, err := s.Authenticate(t.Context(), "token")
			refusal(t, err, rs.ErrInternal, rs.ReasonUnexpected)
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		for _, ev := range seen.of(rs.OpIntrospect) {
			refusal(t, ev.Err, rs.ErrInternal, rs.ReasonUnexpected)
		}
		if n := seen.count(rs.OpCircuit); n != 0 {
			t.Errorf("the circuit changed %d times", n)
		}
	})
}
