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

// What one subject was told must not be told another, though the token is the same.
func TestUserInfoIsRememberedForOneSubject(t *testing.T) {
	t.Parallel()
	w, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
	s := newServer(t, cfg)
	if _, err := s.UserInfo(admitted(t, s, "token")); err != nil {
		t.Fatal(err)
	}
	r := request("Bearer token")
	_, err := s.UserInfo(r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: issuer, Subject: "bob"})))
	refusal(t, err, rs.ErrUnavailable, rs.ReasonUserInfoSubject)
	if n := w.count(userInfoURL); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// TestUserInfoOfAnotherIsAskedFor: what is remembered is for one token, one subject and one client, and for nobody else.
func TestUserInfoOfAnotherIsAskedFor(t *testing.T) {
	t.Parallel()
	first := rs.Principal{Issuer: issuer, Subject: "alice", ClientID: "docs"}
	for _, c := range []struct {
		name, token string
		second      rs.Principal
		calls       int
	}{
		{"the same", "token", first, 1},
		{"another token", "token2", first, 2},
		{"another subject", "token", rs.Principal{Issuer: issuer, Subject: "bob", ClientID: "docs"}, 2},
		{"another client", "token", rs.Principal{Issuer: issuer, Subject: "alice", ClientID: "drive"}, 2},
		{"the same letters", "token", rs.Principal{Issuer: issuer, Subject: "alic", ClientID: "edocs"}, 2},
		{"the same letters, from the token on", "tokena", rs.Principal{Issuer: issuer, Subject: "lice", ClientID: "docs"}, 2},
	} {
		w, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
		s := newServer(t, cfg)
		ask := func(token string, p rs.Principal) {
			r := request("Bearer " + token)
			got, err := s.UserInfo(r.WithContext(rs.NewContext(r.Context(), &p)))
			if err == nil && got.Subject != p.Subject {
				t.Errorf("%s: got the claims of %s for %s", c.name, got.Subject, p.Subject)
			}
		}
		ask("token", first)
		ask(c.token, c.second)
		if n := w.count(userInfoURL); n != c.calls {
			t.Errorf("%s: %d calls, want %d", c.name, n, c.calls)
		}
	}
}

// TestUserInfoLeavesItsPlace for the next, whether it went well or not.
func TestUserInfoLeavesItsPlace(t *testing.T) {
	t.Parallel()
	_, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
	cfg.MaxConcurrent, cfg.MaxWait, cfg.CacheSize = 1, -1, -1
	s := newServer(t, cfg)
	for _, subject := range []string{"alice", "bob", "alice"} {
		r := request("Bearer token")
		_, err := s.UserInfo(r.WithContext(rs.NewContext(r.Context(), &rs.Principal{Issuer: issuer, Subject: subject})))
		if want := map[string]rs.Reason{"alice": "", "bob": rs.ReasonUserInfoSubject}[subject]; reason(err) != want {
			t.Errorf("%s: got %q, want %q", subject, reason(err), want)
		}
	}
}

func TestUserInfoIsRememberedForATime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		exp    time.Duration // of the token
		answer object
		after  time.Duration
		calls  int
	}{
		{"fresh", nil, time.Hour, nil, 29 * time.Second, 1},
		{"old", nil, time.Hour, nil, 30 * time.Second, 2},
		{"set back", nil, time.Hour, nil, -time.Second, 2},
		{"past the token", func(c *rs.Config) { c.ClockSkew = time.Minute }, 10 * time.Second, nil, 10 * time.Second, 2},
		{"before the end of the answer", nil, time.Hour, object{"exp": at(5 * time.Second)}, 4 * time.Second, 1},
		{"past the answer", func(c *rs.Config) { c.ClockSkew = time.Minute }, time.Hour, object{"exp": at(5 * time.Second)}, 5 * time.Second, 2},
		{"no time", func(c *rs.Config) { c.CacheTTL = -1 }, time.Hour, nil, 0, 2},
		{"no cache", func(c *rs.Config) { c.CacheSize = -1 }, time.Hour, nil, 0, 2},
		{"too long", nil, time.Hour, object{"x": strings.Repeat("x", 64<<10)}, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, cfg := withUserInfo(answers(200, "application/jwt", sign(t, signer(), nil, signedClaims(c.answer))))
			w.on(endpoint, jsonAnswer(mustJSON(claims(object{"exp": at(c.exp)}))))
			now := newClock()
			cfg.Now, cfg.UserInfoFormat, cfg.NoRefreshAhead = now.Now, rs.JWTSigned, true
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			s := newServer(t, cfg)
			for range 2 {
				if _, err := s.UserInfo(admitted(t, s, "token")); err != nil {
					t.Fatal(err)
				}
				now.advance(c.after)
			}
			if n := w.count(userInfoURL); n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
		})
	}
}

func TestUserInfoStampedeIsOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, cfg := withUserInfo(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second) // the bubble's clock
			jsonAnswer(userClaims(nil))(w, r)
		})
		cfg.CacheSize = -1
		s := newServer(t, cfg)
		r := admitted(t, s, "token")
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := s.UserInfo(r); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := w.count(userInfoURL); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestUserInfoOutages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ status, calls int }{
		{429, 1},
		{503, 3}, // what one token is told, others need not wait for
	} {
		t.Run(fmt.Sprint("asked to wait by ", c.status), func(t *testing.T) {
			t.Parallel()
			w, cfg := withUserInfo(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(c.status)
			})
			s := newServer(t, cfg)
			for range 3 {
				_, err := s.UserInfo(admitted(t, s, "token"))
				if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable); e.RetryAfter != 7*time.Second {
					t.Errorf("Retry-After %v", e.RetryAfter)
				}
			}
			if n := w.count(userInfoURL); n != c.calls || s.Ready() != nil {
				t.Errorf("%d calls, want %d; ready: %v", n, c.calls, s.Ready())
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, cfg := withUserInfo(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			cfg.Timeout, cfg.Budget = 3*time.Second, time.Minute
			s := newServer(t, cfg)
			r, began := admitted(t, s, "token"), time.Now()
			_, err := s.UserInfo(r)
			refusal(t, err, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable)
			if took := time.Since(began); took != cfg.Timeout {
				t.Errorf("it took %v, want %v", took, cfg.Timeout)
			}
		})
	})
	t.Run("no keys", func(t *testing.T) {
		t.Parallel()
		w, cfg := withUserInfo(answers(200, "application/jwt", sign(t, signer(), nil, userClaims(nil))))
		w.on(jwksURL, answers(503, "", ""))
		cfg.UserInfoFormat = rs.JWTSigned
		s := newServer(t, cfg)
		_, err := s.UserInfo(admitted(t, s, "token"))
		refusal(t, err, rs.ErrUnavailable, rs.ReasonKeysUnavailable)
	})
	t.Run("the time of the request ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, cfg := withUserInfo(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			s := newServer(t, cfg)
			r := admitted(t, s, "token")
			ctx, cancel := context.WithTimeout(r.Context(), time.Second)
			defer cancel()
			_, err := s.UserInfo(r.WithContext(ctx))
			refusal(t, err, rs.ErrUnavailable, rs.ReasonUserInfoUnavailable)
			synctest.Wait()
		})
	})
	t.Run("circuit open", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			j := newJudged(t, func(cfg *rs.Config) { cfg.UserInfoEndpoint = userInfoURL })
			j.evil = good()
			r := admitted(t, j.s, "evil")
			j.evil, j.other = answers(503, "", ""), answers(503, "", "")
			j.send(21)
			_, err := j.s.UserInfo(r)
			refusal(t, err, rs.ErrUnavailable, rs.ReasonCircuitOpen)
		})
	})
	t.Run("the caller goes", func(t *testing.T) {
		t.Parallel()
		_, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
		s := newServer(t, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		r := admitted(t, s, "token")
		r = r.WithContext(rs.NewContext(ctx, &rs.Principal{Issuer: issuer, Subject: "alice"}))
		cancel()
		_, err := s.UserInfo(r)
		refusal(t, err, rs.ErrUnavailable, rs.ReasonCanceled)
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		_, cfg := withUserInfo(jsonAnswer(userClaims(nil)))
		s := newServer(t, cfg)
		r := admitted(t, s, "token")
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := s.UserInfo(r)
		refusal(t, err, rs.ErrUnavailable, rs.ReasonClosed)
	})
	t.Run("too many", func(t *testing.T) {
		t.Parallel()
		in, out := make(chan struct{}), make(chan struct{})
		_, cfg := withUserInfo(func(w http.ResponseWriter, r *http.Request) {
			close(in)
			<-out
			jsonAnswer(userClaims(nil))(w, r)
		})
		cfg.MaxConcurrent, cfg.MaxWait = 1, -1
		s := newServer(t, cfg)
		first, second := admitted(t, s, "one"), admitted(t, s, "two")
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := s.UserInfo(first); err != nil {
				t.Error(err)
			}
		})
		<-in
		_, err := s.UserInfo(second)
		refusal(t, err, rs.ErrUnavailable, rs.ReasonOverloaded)
		if got := outcome(s, "three"); got != "" {
			t.Errorf("an introspection beside it: %q", got)
		}
		close(out)
		all.Wait()
	})
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		_, cfg := withUserInfo(answers(200, "application/jwt", encrypt(t, nil, sign(t, signer(), nil, signedClaims(nil)))))
		seen := &recorder{}
		cfg.UserInfoFormat, cfg.Decrypter, cfg.Observer = rs.JWT, brokenDecrypter{}, seen
		s := newServer(t, cfg)
		_, err := s.UserInfo(admitted(t, s, "token"))
		refusal(t, err, rs.ErrInternal, rs.ReasonUnexpected)
		if events := seen.of(rs.OpUserInfo); len(events) != 1 || reason(events[0].Err) != rs.ReasonUnexpected {
			t.Errorf("reported as %v", events)
		}
	})
}

// brokenDecrypter is a Decrypter with a bug.
type brokenDecrypter struct{}

func (brokenDecrypter) Decrypt([]byte) ([]byte, error) { panic("alice") }

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
