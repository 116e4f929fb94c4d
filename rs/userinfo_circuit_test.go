package rs_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// profiled is a server in a bubble whose UserInfo endpoint answers to tokens of users in one way, and to our own questions in another.
type profiled struct {
	t     *testing.T
	s     *rs.Server
	seen  *recorder
	w     *wire
	n     int
	users http.HandlerFunc
	other http.HandlerFunc
}

func newProfiled(t *testing.T, adjust func(*rs.Config)) *profiled {
	t.Helper()
	p := &profiled{t: t, seen: &recorder{}, users: answers(503, "", ""), other: answers(401, "", "")}
	p.w = newWire().on(endpoint, good()).on(userInfoURL, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer user") {
			p.users(w, r)
			return
		}
		p.other(w, r)
	})
	cfg := live(p.w)
	cfg.UserInfoEndpoint, cfg.Observer, cfg.CircuitOpen = userInfoURL, p.seen, 10*time.Second
	if adjust != nil {
		adjust(&cfg)
	}
	p.s = newServer(t, cfg)
	return p
}

// ask asks about n users, one after the other, and waits for what they cause.
func (p *profiled) ask(n int) (last *rs.Error) {
	p.t.Helper()
	for range n {
		p.n++
		_, err := p.s.UserInfo(admitted(p.t, p.s, fmt.Sprint("user", p.n)))
		last = rs.AsError(err)
		synctest.Wait()
	}
	return last
}

// TestACircuitForUserInfo: an endpoint that does not work is not asked for a while, so that nobody waits for it; tokens are judged as ever,
// and what has a circuit of its own says nothing about the other.
func TestACircuitForUserInfo(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]http.HandlerFunc{
		"it is down": answers(503, "", ""),
		"it hangs":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newProfiled(t, func(cfg *rs.Config) { cfg.Timeout, cfg.Budget = 400*time.Millisecond, 400*time.Millisecond })
				p.users, p.other = broken, broken
				p.ask(22)
				before, start := p.w.count(userInfoURL), time.Now()
				e := p.ask(1)
				if e == nil || e.Kind != rs.ErrUnavailable || e.Reason != rs.ReasonUserInfoUnavailable || e.RetryAfter < 9*time.Second || e.RetryAfter > 10*time.Second {
					t.Fatalf("open: got %+v", e)
				}
				if n := p.w.count(userInfoURL); n != before || time.Since(start) != 0 {
					t.Errorf("open: %d calls, and a wait of %v", n-before, time.Since(start))
				}
				if err := p.s.Ready(); err != nil || len(p.seen.of(rs.OpCircuit)) != 0 || outcome(p.s, "another") != "" {
					t.Errorf("tokens cannot be judged: %v", err)
				}
				time.Sleep(10*time.Second + 1)
				p.users, p.other = jsonAnswer(userClaims(nil)), answers(401, "", "")
				if e := p.ask(1); e != nil {
					t.Errorf("after the rest: %v", e)
				}
				p.users = broken
				if e := p.ask(1); e == nil || p.w.count(userInfoURL) != before+2 {
					t.Errorf("one failure later: %v", e)
				}
			})
		})
	}
}

// TestUsersDoNotOpenTheCircuit: their tokens may be what makes the endpoint fail, and others must not be locked out by that. So it is asked
// about a token of nobody, and an answer of any kind shows that it works.
func TestUsersDoNotOpenTheCircuit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ users, other http.HandlerFunc }{
		"it refuses others":              {answers(503, "", ""), answers(401, "", "")},
		"it calls others bad requests":   {answers(503, "", ""), answers(400, "application/json", `{"error":"invalid_request"}`)},
		"it forbids others":              {answers(503, "", ""), answers(403, "text/html", "")},
		"it finds that others lack":      {answers(503, "", ""), answers(403, "application/json", `{"error":"insufficient_scope"}`)},
		"it refuses all":                 {answers(401, "", ""), answers(503, "", "")},
		"it forbids all":                 {answers(403, "application/json", `{"error":"insufficient_scope"}`), answers(503, "", "")},
		"it is asked about other things": {answers(400, "", ""), answers(503, "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newProfiled(t, nil)
				p.users, p.other = c.users, c.other
				p.ask(50)
				p.users = jsonAnswer(userClaims(nil))
				if e := p.ask(1); e != nil {
					t.Errorf("got %v", e)
				}
			})
		})
	}
}

// TestUserInfoThatHangsIsFoundOut also by users who have less patience than we have.
func TestUserInfoThatHangsIsFoundOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProfiled(t, func(cfg *rs.Config) { cfg.Timeout, cfg.Budget = 5*time.Second, 5*time.Second })
		p.users = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		p.other = p.users
		for range 5 { // the first round asks for an opinion, which takes the timeout
			ctx, leave := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			var all sync.WaitGroup
			for i := range 21 {
				r := admitted(t, p.s, fmt.Sprint("user-", i))
				all.Go(func() {
					_, _ = p.s.UserInfo(r.WithContext(rs.NewContext(ctx, &rs.Principal{Issuer: issuer, Subject: fmt.Sprint("user", i)})))
				})
			}
			all.Wait()
			leave()
			synctest.Wait()
		}
		before := p.w.count(userInfoURL)
		if e := p.ask(1); e == nil || p.w.count(userInfoURL) != before {
			t.Errorf("%d calls, and got %v", p.w.count(userInfoURL)-before, e)
		}
	})
}

// TestNoCircuitForUserInfo where none is wanted.
func TestNoCircuitForUserInfo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProfiled(t, func(cfg *rs.Config) { cfg.CircuitOpen = -1 })
		p.other = p.users
		p.ask(50)
		if n := p.w.count(userInfoURL); n != 50 {
			t.Errorf("%d calls, want 50", n)
		}
	})
}

// TestUserInfoLeavesWhatDoesNotWork: who tries it again does not do so over the connection that brought the failures, though introspection works
// there.
func TestUserInfoLeavesWhatDoesNotWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(nil)
		cfg.UserInfoEndpoint, cfg.CircuitOpen = userInfoURL, 5*time.Second
		newNetwork(t, &cfg, "h2", func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				good()(w, r)
			case r.Context().Value(connNumber{}) == int32(1):
				w.WriteHeader(http.StatusInternalServerError)
			default:
				jsonAnswer(userClaims(nil))(w, r)
			}
		})
		p := &profiled{t: t, s: newServer(t, cfg)}
		p.ask(1)
		time.Sleep(time.Second)
		if e := p.ask(25); e == nil || e.RetryAfter == 0 {
			t.Fatalf("the circuit is not open: %v", e)
		}
		time.Sleep(5*time.Second + 1)
		if e := p.ask(1); e != nil {
			t.Errorf("got %v", e)
		}
	})
}
