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

// refusing is a server on the clock of the bubble whose UserInfo endpoint says 401 of every token.
func refusing(t *testing.T, adjust func(*rs.Config)) (*wire, *rs.Server) {
	t.Helper()
	w, cfg := withUserInfo(answers(401, "", ""))
	cfg.Now = live(w).Now
	if adjust != nil {
		adjust(&cfg)
	}
	return w, newServer(t, cfg)
}

func refused(t *testing.T, s *rs.Server, r *http.Request) {
	t.Helper()
	_, err := s.UserInfo(r)
	refusal(t, err, rs.ErrInvalidToken, rs.ReasonUserInfoRefused)
	synctest.Wait()
}

// TestARefusalByUserInfoIsAskedAbout: what introspection said of the token before may have been revoked since.
func TestARefusalByUserInfoIsAskedAbout(t *testing.T) {
	t.Parallel()
	far := func(c *rs.Config) { c.Cache = newOutside() }
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		then   http.HandlerFunc
		want   rs.Reason
	}{
		{"revoked", nil, jsonAnswer(`{"active":false}`), rs.ReasonInactive},
		{"revoked, without refreshes ahead", func(c *rs.Config) { c.NoRefreshAhead = true }, jsonAnswer(`{"active":false}`), rs.ReasonInactive},
		{"revoked, in a cache of others", far, jsonAnswer(`{"active":false}`), rs.ReasonInactive},
		{"good all the same", nil, good(), ""},
		{"no answer", nil, answers(500, "", ""), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s := refusing(t, c.adjust)
				r := admitted(t, s, "token")
				w.on(endpoint, c.then)
				time.Sleep(time.Second)
				refused(t, s, r)
				if n := w.count(endpoint); n != 2 {
					t.Errorf("%d introspections, want 2", n)
				}
				if got := outcome(s, "token"); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestRefusalsByUserInfoAreAskedAboutWithinBounds: an endpoint that refuses everybody must not bring an introspection for each request.
func TestRefusalsByUserInfoAreAskedAboutWithinBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := refusing(t, nil)
		r := admitted(t, s, "token")
		for range 40 { // ten seconds
			refused(t, s, r)
			time.Sleep(250 * time.Millisecond)
		}
		if n := w.count(endpoint); n != 10 { // not within the first second
			t.Errorf("%d introspections of one token in ten seconds, want 10", n)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w, s := refusing(t, func(c *rs.Config) { c.MaxConcurrent = 100 })
		var all [100]*http.Request
		for i := range all {
			all[i] = admitted(t, s, fmt.Sprint("t", i))
		}
		w.on(endpoint, after(time.Second, good()))
		time.Sleep(time.Second)
		var told sync.WaitGroup
		for _, r := range all {
			told.Go(func() { _, _ = s.UserInfo(r) })
		}
		told.Wait()
		synctest.Wait()
		if n := w.count(endpoint) - len(all); n != 16 {
			t.Errorf("%d introspections at once, want 16", n)
		}
		time.Sleep(2 * time.Second)
	})
}

// TestARefusalByUserInfoAsksNobody where there is nobody to ask, or nothing that could be taken back.
func TestARefusalByUserInfoAsksNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		adjust  func(*rs.Config)
		age     time.Duration
		answer  http.HandlerFunc
		want, n int
	}{
		{"the answer is of this moment", nil, time.Second - 1, answers(401, "", ""), 401, 1},
		{"nothing is held", func(c *rs.Config) { c.CacheSize = -1 }, time.Second, answers(401, "", ""), 401, 1},
		{"not fresh any more", nil, 30 * time.Second, answers(401, "", ""), 401, 1},
		{"another refusal", nil, time.Second, answers(403, "application/json", `{"error":"insufficient_scope"}`), 403, 1},
		{"no answer", nil, time.Second, answers(500, "", ""), 503, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, s := refusing(t, c.adjust)
				r := admitted(t, s, "token")
				time.Sleep(c.age)
				w.on(userInfoURL, c.answer)
				_, err := s.UserInfo(r)
				synctest.Wait()
				if got := rs.AsError(err).Status(); got != c.want || w.count(endpoint) != c.n {
					t.Errorf("got %d, %d introspections, want %d, %d", got, w.count(endpoint), c.want, c.n)
				}
			})
		})
	}
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newWire().on(userInfoURL, answers(401, "", ""))
			cfg := liveLocal(w)
			cfg.UserInfoEndpoint = userInfoURL
			s := newServer(t, cfg)
			r := admitted(t, s, issued(t, signer(), nil))
			time.Sleep(time.Second)
			refused(t, s, r)
			if n := w.count(endpoint); n != 0 {
				t.Errorf("%d introspections", n)
			}
		})
	})
}

// TestARevokedTokenStaysSoInLocalThenIntrospect: its signature, which is still good, must not bring it back when the refusal has left the cache.
func TestARevokedTokenStaysSoInLocalThenIntrospect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(userInfoURL, answers(401, "", "")).on(endpoint, jsonAnswer(`{"active":false}`))
		cfg := liveBoth(w) // introspected every minute
		cfg.UserInfoEndpoint = userInfoURL
		s := newServer(t, cfg)
		token := issued(t, signer(), nil)
		r := admitted(t, s, token)
		time.Sleep(time.Second)
		refused(t, s, r)
		for range 40 {
			if got := outcome(s, token); got != rs.ReasonInactive {
				t.Fatalf("after %v: got %q", time.Since(bubbleStart), got)
			}
			time.Sleep(2 * time.Second)
		}
	})
}
