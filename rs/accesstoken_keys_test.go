package rs_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestKeysOfAccessTokens(t *testing.T) {
	t.Parallel()
	down := answers(503, "text/plain", "no")
	jwks := func(s *keys.Signer) http.HandlerFunc { return answers(200, "application/json", string(s.PublicJWKS())) }
	run := func(name string, f func(t *testing.T, w *wire, s *rs.Server)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				f(t, w, newServer(t, liveLocal(w)))
			})
		})
	}
	want := func(t *testing.T, s *rs.Server, token string, want rs.Reason) {
		t.Helper()
		if got := outcome(s, token); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	run("no keys is 503", func(t *testing.T, w *wire, s *rs.Server) {
		w.on(jwksURL, down)
		_, err := s.Authenticate(t.Context(), issued(t, signer(), nil))
		refusal(t, err, rs.ErrUnavailable, rs.ReasonKeysUnavailable)
		want(t, s, issued(t, signer(), object{"iss": "x"}), rs.ReasonIssuer) // needs no key
		if w.count(jwksURL) != 1 {
			t.Errorf("%d fetches", w.count(jwksURL))
		}
	})
	run("rotation", func(t *testing.T, w *wire, s *rs.Server) {
		want(t, s, issued(t, signer(), nil), "")
		time.Sleep(time.Second)
		next := newSigner("ES256")
		w.on(jwksURL, jwks(next))
		want(t, s, issued(t, next, nil), "")
		want(t, s, issued(t, signer(), object{"iat": epoch.Unix()}), rs.ReasonTokenKey)
		if w.count(jwksURL) != 2 {
			t.Errorf("%d fetches", w.count(jwksURL))
		}
		time.Sleep(time.Second)
		third := newSigner("ES256") // within the cool-down: no fetch, and no wrong verdict
		w.on(jwksURL, jwks(third))
		_, err := s.Authenticate(t.Context(), issued(t, third, nil))
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonKeysUnavailable); e.RetryAfter != 29*time.Second {
			t.Errorf("Retry-After is %v", e.RetryAfter)
		}
		time.Sleep(29*time.Second - 1)
		_, err = s.Authenticate(t.Context(), issued(t, third, nil))
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonKeysUnavailable); e.RetryAfter != time.Second {
			t.Errorf("just before the end, Retry-After is %v", e.RetryAfter)
		}
		time.Sleep(time.Nanosecond)
		want(t, s, issued(t, third, nil), "")
	})
	run("rotation behind a cache", func(t *testing.T, w *wire, s *rs.Server) {
		old := issued(t, attacker(), nil)
		want(t, s, issued(t, signer(), nil), "")
		w.on(jwksURL, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Cache-Control") != "no-cache" {
				t.Error("a cache on the way may answer from its own copy")
			}
			if accept := r.Header.Get("Accept"); r.Method != http.MethodGet || accept != "application/jwk-set+json, application/json" {
				t.Errorf("%s, Accept: %s", r.Method, accept)
			}
			w.Header().Set("Age", "300, 5") // it does all the same; of a list, the first counts (RFC 9111 section 5.1)
			jwks(signer())(w, r)
		})
		time.Sleep(time.Minute)
		next := newSigner("ES256")
		want(t, s, issued(t, next, nil), rs.ReasonKeysUnavailable)
		want(t, s, old, rs.ReasonKeysUnavailable) // the copy is older than this, too
		time.Sleep(30 * time.Second)
		w.on(jwksURL, jwks(next))
		want(t, s, issued(t, next, nil), "")
		want(t, s, old, rs.ReasonTokenKey)
	})
	run("rotation while the JWK Set is down", func(t *testing.T, w *wire, s *rs.Server) {
		want(t, s, issued(t, signer(), nil), "")
		w.on(jwksURL, down)
		time.Sleep(time.Minute)
		next := newSigner("ES256")
		want(t, s, issued(t, next, nil), rs.ReasonKeysUnavailable)
		w.on(jwksURL, jwks(next))
		want(t, s, issued(t, next, nil), rs.ReasonKeysUnavailable)
		time.Sleep(time.Second)
		want(t, s, issued(t, next, nil), "")
		if w.count(jwksURL) != 3 {
			t.Errorf("%d fetches", w.count(jwksURL))
		}
	})
	run("an unknown key after a failed refresh", func(t *testing.T, w *wire, s *rs.Server) {
		want(t, s, issued(t, signer(), nil), "")
		w.on(jwksURL, down)
		time.Sleep(10 * time.Minute)
		want(t, s, issued(t, signer(), nil), "") // has them refreshed beside it
		synctest.Wait()
		next := newSigner("ES256")
		w.on(jwksURL, jwks(next))
		want(t, s, issued(t, next, nil), "") // is the first to ask for something unknown, and waits for nothing
		if w.count(jwksURL) != 3 {
			t.Errorf("%d fetches", w.count(jwksURL))
		}
	})
	run("unknown keys", func(t *testing.T, w *wire, s *rs.Server) {
		want(t, s, issued(t, signer(), nil), "")
		old := issued(t, attacker(), nil)
		time.Sleep(time.Second)
		for _, fetches := range []int{2, 3} {
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					forged := sign(t, attacker(), with(accessHeader, object{"kid": string(rune('a' + i%26))}), mustJSON(with(accessClaims(), object{"jti": "x"})))
					if got := outcome(s, forged); got != rs.ReasonTokenKey {
						t.Errorf("got %q", got)
					}
				})
			}
			all.Wait()
			want(t, s, old, rs.ReasonTokenKey)
			want(t, s, issued(t, signer(), object{"jti": "x"}), "")
			if w.count(jwksURL) != fetches {
				t.Errorf("%d fetches, want %d", w.count(jwksURL), fetches)
			}
			time.Sleep(30 * time.Second)
		}
	})
	run("unknown key while the JWK Set is down", func(t *testing.T, w *wire, s *rs.Server) {
		old := issued(t, attacker(), nil)
		time.Sleep(time.Second)
		want(t, s, issued(t, signer(), nil), "")
		w.on(jwksURL, down)
		time.Sleep(time.Second)
		want(t, s, issued(t, attacker(), nil), rs.ReasonKeysUnavailable)
		want(t, s, old, rs.ReasonTokenKey)
		want(t, s, issued(t, signer(), nil), "")
	})
	run("unknown key while the JWK Set hangs", func(t *testing.T, w *wire, s *rs.Server) {
		want(t, s, issued(t, signer(), nil), "")
		w.on(jwksURL, after(time.Hour, down))
		time.Sleep(time.Second)
		start := time.Now()
		want(t, s, issued(t, attacker(), nil), rs.ReasonKeysUnavailable)
		if waited := time.Since(start); waited > 5*time.Second {
			t.Errorf("waited %v", waited)
		}
		start = time.Now()
		want(t, s, issued(t, signer(), nil), "")
		want(t, s, issued(t, attacker(), nil), rs.ReasonKeysUnavailable)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the next waited %v", waited)
		}
	})
	run("wrong signature under a known name", func(t *testing.T, w *wire, s *rs.Server) {
		forged := func() string {
			return sign(t, attacker(), with(accessHeader, object{"kid": signer().KeyID()}), mustJSON(with(accessClaims(), object{"iat": epoch.Add(time.Since(bubbleStart)).Unix()})))
		}
		want(t, s, issued(t, signer(), nil), "")
		for range 3 {
			want(t, s, forged(), rs.ReasonTokenSignature)
			time.Sleep(time.Second)
		}
		if w.count(jwksURL) != 2 {
			t.Errorf("%d fetches", w.count(jwksURL))
		}
	})
}

// TestAKeyOfAMomentAgo: a good token must not look like a forged one because iat has no fractions, or because the clock of the
// authorization server is behind. The forger has used up the fetch that an unknown key may cause.
func TestAKeyOfAMomentAgo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		skew, later, iat time.Duration // later than the keys at hand by our clock, and what the token says
		want             rs.Reason
	}{
		"in the same second":       {0, 900 * time.Millisecond, 0, rs.ReasonKeysUnavailable},
		"a second before the keys": {0, 900 * time.Millisecond, -time.Second, rs.ReasonTokenKey},
		"by a slow clock":          {10 * time.Second, 2 * time.Second, -8 * time.Second, rs.ReasonKeysUnavailable},
		"by no allowed clock":      {10 * time.Second, 2 * time.Second, -11 * time.Second, rs.ReasonTokenKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				cfg := liveLocal(w)
				cfg.ClockSkew = c.skew
				s := newServer(t, cfg)
				outcome(s, issued(t, signer(), nil))
				outcome(s, issued(t, attacker(), nil))
				time.Sleep(c.later)
				next := newSigner("ES256")
				w.on(jwksURL, answers(200, "application/json", string(next.PublicJWKS())))
				token := issued(t, next, object{"iat": epoch.Add(c.iat).Unix()})
				if got := outcome(s, token); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				time.Sleep(30 * time.Second)
				if got := outcome(s, token); got != "" {
					t.Errorf("after the cool-down: %q", got)
				}
			})
		})
	}
}

// TestTheAgeOfTheKeys: a token may be newer than a copy that a cache on the way has kept so long; iat has no fractions.
func TestTheAgeOfTheKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		age  string
		iat  time.Duration
		want rs.Reason
	}{
		{"", 0, rs.ReasonTokenKey}, // as no cache has it, it is as new as can be
		{"0", 0, rs.ReasonTokenKey},
		{"soon", 0, rs.ReasonTokenKey},
		{"a", 0, rs.ReasonTokenKey},
		{"-60", 0, rs.ReasonTokenKey},
		{"1", -time.Second, rs.ReasonKeysUnavailable},
		{"1", -2 * time.Second, rs.ReasonTokenKey},
		{"60", -60 * time.Second, rs.ReasonKeysUnavailable},
		{"60", -61 * time.Second, rs.ReasonTokenKey},
		{"99999999999999999999", -50 * 365 * 24 * time.Hour, rs.ReasonKeysUnavailable},
	} {
		w := newWire()
		cfg := localConfig(w)
		w.on(jwksURL, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Age", c.age)
			answers(200, "application/json", string(signer().PublicJWKS()))(w, r)
		})
		token := sign(t, attacker(), accessHeader, mustJSON(with(accessClaims(), object{"iat": at(c.iat)})))
		if got := outcome(newServer(t, cfg), token); got != c.want {
			t.Errorf("Age %q, issued %v ago: got %q, want %q", c.age, -c.iat, got, c.want)
		}
	}
}

// TestAKeyOfAMomentAgoByAnotherClock: iat is a time of the authorization server's clock, and so is the Date of its answers (RFC 9110 section
// 6.6.1). A clock of ours that is minutes ahead would make every set look newer than it is.
func TestAKeyOfAMomentAgoByAnotherClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ahead time.Duration // our clock
		date  bool          // whether the answer has one
		age   string        // some caches put a Date of their own beside it
		took  time.Duration // the answer, which may have been written first and dated last
		iat   time.Duration // after the first fetch began, by the clock of the authorization server
		want  rs.Reason
	}{
		{5 * time.Minute, true, "", 0, 0, rs.ReasonKeysUnavailable},
		{5 * time.Minute, true, "", 0, 20 * time.Second, rs.ReasonKeysUnavailable},
		{5 * time.Minute, true, "", 0, -time.Second, rs.ReasonTokenKey},
		{5 * time.Minute, true, "", 4 * time.Second, 0, rs.ReasonKeysUnavailable},
		{5 * time.Minute, true, "", 4 * time.Second, -time.Second, rs.ReasonTokenKey},
		{5 * time.Minute, true, "60", 0, -60 * time.Second, rs.ReasonKeysUnavailable},
		{5 * time.Minute, true, "60", 0, -61 * time.Second, rs.ReasonTokenKey},
		{5 * time.Minute, false, "", 0, 20 * time.Second, rs.ReasonTokenKey}, // nobody can know
		{0, true, "", 0, 0, rs.ReasonKeysUnavailable},
		{0, true, "", 0, -time.Second, rs.ReasonTokenKey},
		{-5 * time.Minute, true, "", 0, -5 * time.Minute, rs.ReasonKeysUnavailable}, // the earlier of the two counts
	} {
		t.Run(fmt.Sprint(c.ahead, c.date, c.age, c.took, c.iat), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				cfg := liveLocal(w)
				theirs := cfg.Now
				cfg.Now = func() time.Time { return theirs().Add(c.ahead) }
				w.on(jwksURL, func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(c.took)
					if w.Header().Set("Date", "noon"); c.date {
						w.Header().Set("Date", theirs().UTC().Format(http.TimeFormat))
					}
					w.Header().Set("Age", c.age)
					answers(200, "application/json", string(signer().PublicJWKS()))(w, r)
				})
				s := newServer(t, cfg)
				began := theirs()
				if err := s.Discover(t.Context()); err != nil {
					t.Fatal(err)
				}
				// A forgery uses up the fetch that an unknown key may cause.
				w.on(jwksURL, answers(503, "", ""))
				long := object{"iat": began.Add(-time.Hour).Unix(), "exp": began.Add(time.Hour).Unix()}
				outcome(s, issued(t, attacker(), long))
				time.Sleep(time.Until(bubbleStart.Add(c.took + max(c.iat, 0))))
				next := newSigner("ES256")
				token := issued(t, next, with(long, object{"iat": began.Add(c.iat).Unix()}))
				if got := outcome(s, token); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestAKeyThatIsNewerThanTheFetchUnderWay: what a fetch brings that began before the token was issued says nothing about its key.
func TestAKeyThatIsNewerThanTheFetchUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		s := newServer(t, liveLocal(w))
		outcome(s, issued(t, signer(), nil))
		time.Sleep(time.Minute)
		w.on(jwksURL, after(3*time.Second, answers(200, "application/json", string(signer().PublicJWKS()))))
		first := make(chan rs.Reason)
		go func() { first <- outcome(s, issued(t, attacker(), nil)) }()
		time.Sleep(time.Second)
		next := newSigner("ES256")
		w.on(jwksURL, answers(200, "application/json", string(next.PublicJWKS())))
		token := issued(t, next, nil)
		if got := outcome(s, token); got != rs.ReasonKeysUnavailable {
			t.Errorf("a good token: %q, want %q", got, rs.ReasonKeysUnavailable)
		}
		if got := <-first; got != rs.ReasonTokenKey {
			t.Errorf("the one that the fetch was for: %q, want %q", got, rs.ReasonTokenKey)
		}
		time.Sleep(30 * time.Second)
		if got := outcome(s, token); got != "" {
			t.Errorf("after the cool-down: %q", got)
		}
	})
}
