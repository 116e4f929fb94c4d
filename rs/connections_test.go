package rs_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// A connection leads to where DNS pointed when it was made, with the certificate that we had then, and net/http uses one that is never idle
// for ever. So the calls of a busy service move to a new one from time to time, and those under way end where they are.
func TestAConnectionIsNotUsedForEver(t *testing.T) {
	t.Parallel()
	const life = 5 * time.Minute
	for _, protocol := range []string{"h2", "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := live(nil)
				cfg.CacheSize, cfg.Timeout, cfg.Budget = -1, time.Hour, time.Hour
				var mu sync.Mutex
				over := map[string]int32{} // which connection, by token
				n := newNetwork(t, &cfg, protocol, func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					token := r.PostFormValue("token")
					over[token] = r.Context().Value(connNumber{}).(int32)
					mu.Unlock()
					if token == "long" {
						time.Sleep(life + time.Second)
					}
					good()(w, r)
				})
				s := newServer(t, cfg)
				ask := func(token string) int32 {
					t.Helper()
					if got := outcome(s, token); got != "" {
						t.Errorf("%s: got %q", token, got)
					}
					mu.Lock()
					defer mu.Unlock()
					return over[token]
				}
				first := ask("first")
				var long sync.WaitGroup
				long.Go(func() { ask("long") })
				synctest.Wait()
				begun := ask("begun") // with HTTP/1, beside the long one
				for i := range 29 {
					time.Sleep(10 * time.Second)
					if got := ask(fmt.Sprint("token", i)); got != begun {
						t.Errorf("after %d seconds: connection %d, want %d", 10*i, got, begun)
					}
				}
				time.Sleep(10*time.Second - 1)
				if got := ask("last"); got != begun {
					t.Errorf("just before the end: connection %d, want %d", got, begun)
				}
				time.Sleep(time.Nanosecond)
				next := ask("next")
				if next == first || next == begun {
					t.Errorf("at the end: connection %d still", next)
				}
				if synctest.Wait(); n.open() != 2 {
					t.Errorf("at the end: %d connections, want the one that is in use and the new one", n.open())
				}
				long.Wait()
				if got := ask("after"); got != next {
					t.Errorf("afterwards: connection %d, want %d", got, next)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				if open := n.silence(); open != 0 {
					t.Errorf("%d connections are open after the end", open)
				}
			})
		})
	}
}

// TestWhatDoesNotWorkIsLeft: behind a name that has moved, the old server may go on answering, wrongly. A connection to it that is busy all the
// time is left when we conclude that something is wrong, and when a call is repeated.
func TestWhatDoesNotWorkIsLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old   http.HandlerFunc
		calls int // until we conclude
		first rs.Reason
		pause time.Duration
	}{
		"it knows nothing of us": {answers(401, "", ""), 1, rs.ReasonClientCredentials, 10 * time.Second},
		"it is broken":           {answers(500, "", ""), 25, rs.ReasonStatus, 5*time.Second + 1},
		"it is about to leave":   {answers(503, "", ""), 1, "", 0},
	} {
		for _, protocol := range []string{"h2", "http/1.1"} {
			t.Run(protocol+" "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg := live(nil)
					cfg.CacheSize, cfg.Timeout, cfg.Budget = -1, time.Minute, time.Minute
					moved := false
					newNetwork(t, &cfg, protocol, func(w http.ResponseWriter, r *http.Request) {
						switch old := r.Context().Value(connNumber{}) == int32(1); {
						case r.PostFormValue("token") == "busy":
							<-r.Context().Done()
						case old && moved:
							c.old(w, r)
						default:
							good()(w, r)
						}
					})
					s := newServer(t, cfg)
					outcome(s, "token")
					ctx, leave := context.WithCancel(t.Context())
					var busy sync.WaitGroup
					busy.Go(func() {
						if protocol == "h2" { // with HTTP/1, it would be alone on its connection
							_, _ = s.Authenticate(ctx, "busy")
						}
					})
					synctest.Wait()
					moved = true
					time.Sleep(time.Minute / 2)
					for i := range c.calls {
						if got := outcome(s, fmt.Sprint("a", i)); i == 0 && got != c.first {
							t.Errorf("at first: got %q, want %q", got, c.first)
						}
						synctest.Wait()
					}
					time.Sleep(c.pause)
					if got := outcome(s, "b"); got != "" {
						t.Errorf("after the pause: got %q", got)
					}
					leave()
					busy.Wait()
				})
			})
		}
	}
}

// TestCallsThatFailTogetherMeanTheSameConnections: the first of them leaves those, and the others do not leave the new ones at once.
func TestCallsThatFailTogetherMeanTheSameConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(nil)
		cfg.CacheSize, cfg.Timeout, cfg.CircuitOpen = -1, time.Minute, -1
		var mu sync.Mutex
		over := map[string]int32{}
		newNetwork(t, &cfg, "h2", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			token := r.PostFormValue("token")
			over[token] = r.Context().Value(connNumber{}).(int32)
			mu.Unlock()
			if token[0] == 'a' {
				<-r.Context().Done()
			}
			time.Sleep(100 * time.Millisecond)
			good()(w, r)
		})
		s := newServer(t, cfg)
		var all sync.WaitGroup
		at := func(d time.Duration, token string) {
			all.Go(func() {
				time.Sleep(d)
				outcome(s, token)
			})
		}
		at(0, "a1") // fails after a minute
		at(20*time.Millisecond, "a2")
		at(time.Minute+10*time.Millisecond, "b1")
		at(time.Minute+30*time.Millisecond, "b2")
		all.Wait()
		if over["a1"] != over["a2"] || over["b1"] == over["a1"] || over["b2"] != over["b1"] {
			t.Errorf("which went over which: %v", over)
		}
	})
}

// TestAClockSetBackKeepsNoConnection for longer than it would live.
func TestAClockSetBackKeepsNoConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(nil)
		now, back := cfg.Now, time.Duration(0)
		cfg.CacheSize, cfg.Now = -1, func() time.Time { return now().Add(-back) }
		n := newNetwork(t, &cfg, "h2", good())
		s := newServer(t, cfg)
		outcome(s, "a")
		back = time.Hour
		outcome(s, "b")
		if made := len(n.links); made != 2 {
			t.Errorf("%d connections were made, want 2", made)
		}
	})
}
