package rs_test

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"runtime/pprof"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// An issuer that hangs delays the tokens of the next one once, and not each of them.
func TestAnIssuerThatHangsIsAskedLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(alpha+"/introspection", after(time.Hour, good())).
			on(beta+"/introspection", says(t, beta, "bob", "b1", "b2", "b3", "b4"))
		first, second := of(w, alpha), of(w, beta)
		first, second = onBubble(first), onBubble(second)
		all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{first, second}})
		took := func(token, want string) time.Duration {
			t.Helper()
			start := time.Now()
			if got := who(all, token); got != want {
				t.Errorf("%s: got %q, want %q", token, got, want)
			}
			return time.Since(start)
		}
		if d := took("b1", "beta bob"); d != 5*time.Second {
			t.Errorf("the first: %v", d)
		}
		for _, token := range []string{"b2", "b3"} {
			if d := took(token, "beta bob"); d != 0 {
				t.Errorf("%s: %v", token, d)
			}
		}
		took("nobody", string(rs.ReasonTimeout)) // it could be alpha's
		w.on(alpha+"/introspection", says(t, alpha, "alice", "a1"))
		took("a1", "alpha alice")
		took("a1", "alpha alice")
		calls := w.count(alpha + "/introspection")
		if took("b4", "beta bob"); w.count(alpha+"/introspection") != calls+1 {
			t.Error("the order of the configuration did not come back")
		}
	})
}

// A token that may be served stale waits for an authorization server that hung before, but not for the whole budget; its answer is
// waited for in any case, and the next request has it.
func TestStaleDoesNotWaitForAServerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		cfg := live(w)
		cfg.StaleIfError, cfg.NoRefreshAhead = 10*time.Minute, true
		s := newServer(t, cfg)
		want := func(why string, h http.HandlerFunc, wait time.Duration, stale bool) {
			t.Helper()
			w.on(endpoint, h)
			start := time.Now()
			p, err := s.Authenticate(context.Background(), "token")
			if err != nil || p.Stale != stale || time.Since(start) != wait {
				t.Errorf("%s: %v, %+v after %v, want stale %v after %v", why, err, p, time.Since(start), stale, wait)
			}
			time.Sleep(35 * time.Second)
		}
		hangs := after(time.Hour, good())
		want("first", good(), 0, false)
		want("hangs", hangs, 5*time.Second, true)
		want("hangs still", hangs, time.Second, true)
		want("hangs still", hangs, time.Second, true)
		want("slow", after(3*time.Second, good()), time.Second, true) // and is heard
		want("slow, after an answer", after(3*time.Second, good()), 3*time.Second, false)
		want("hangs again", hangs, 5*time.Second, true)
		want("is back", after(time.Second/2, good()), time.Second/2, false)
		want("revoked", good(), 0, false)
		w.on(endpoint, jsonAnswer(`{"active":false}`))
		if got := outcome(s, "token"); got != rs.ReasonInactive {
			t.Errorf("revoked: %q", got)
		}
	})
}

// Where nothing stale may be served, the budget counts as ever; and a caller that leaves early says nothing about the server.
func TestOthersWaitForAServerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		cfg := live(w)
		cfg.StaleIfError, cfg.NoRefreshAhead = 10*time.Minute, true
		s := newServer(t, cfg)
		outcome(s, "token")
		w.on(endpoint, after(4*time.Second, good()))
		time.Sleep(31 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		_, _ = s.Authenticate(ctx, "another")
		start := time.Now()
		p, err := s.Authenticate(t.Context(), "token")
		if err != nil || p.Stale || time.Since(start) != 4*time.Second {
			t.Errorf("after a caller left: %+v, %v after %v", p, err, time.Since(start))
		}
		w.on(endpoint, after(time.Hour, good()))
		for _, unknown := range []string{"one", "two"} {
			start := time.Now()
			if got := outcome(s, unknown); got != rs.ReasonTimeout || time.Since(start) != 5*time.Second {
				t.Errorf("got %q after %v", got, time.Since(start))
			}
		}
	})
}

// TestRequestsThatLeaveAServerThatHangsLeaveOneBehind to hear the answer, for each token, and not one for each request.
func TestRequestsThatLeaveAServerThatHangsLeaveOneBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		cfg := live(w)
		cfg.StaleIfError, cfg.NoRefreshAhead, cfg.NoRetry, cfg.CircuitOpen = time.Hour, true, true, -1
		s := newServer(t, cfg)
		outcome(s, "token")
		w.on(endpoint, after(time.Hour, good()))
		time.Sleep(35 * time.Second)
		outcome(s, "token") // finds out, after five seconds
		pprof.Do(t.Context(), pprof.Labels("test", t.Name()), func(context.Context) {
			for range 3 {
				var all sync.WaitGroup
				for range 100 {
					all.Go(func() {
						if got := outcome(s, "token"); got != "" {
							t.Errorf("got %q", got)
						}
					})
				}
				all.Wait()
				synctest.Wait()
				if n := labelled(t, t.Name()); n < 1 || n > 10 { // this one; the call, and who waits for it
					t.Errorf("%d goroutines are left", n)
				}
			}
		})
		time.Sleep(5 * time.Second)
		w.on(endpoint, after(4*time.Second, good()))
		outcome(s, "token")
		time.Sleep(4 * time.Second)
		if p, err := s.Authenticate(t.Context(), "token"); err != nil || p.Stale {
			t.Errorf("the answer was not heard: %+v, %v", p, err)
		}
	})
}

// labelled counts the goroutines with the label, and those that they started.
func labelled(t *testing.T, label string) (n int) {
	t.Helper()
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^(\d+) @.*\n# labels: \{.*"`+regexp.QuoteMeta(label)+`"`).FindAllStringSubmatch(profile.String(), -1) {
		some, _ := strconv.Atoi(m[1])
		n += some
	}
	return n
}
