package rs_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestTheTimesOfAKeySet: to the nanosecond, when it is refreshed, how often that is tried, and when it is too old to be used.
func TestTheTimesOfAKeySet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		cfg := a.config()
		cfg.JWKSTTL, cfg.JWKSMaxStale, cfg.JWKSCooldown, cfg.CircuitOpen = 10*time.Minute, 2*time.Minute, 30*time.Second, -1
		s := newServer(t, cfg)
		began := time.Now()
		at := func(d time.Duration, want rs.Reason, fetches int) {
			t.Helper()
			time.Sleep(time.Until(began.Add(d)))
			got := outcome(s, "token")
			synctest.Wait() // for a refresh beside the request
			if got != want || a.count(jwksURL) != fetches {
				t.Errorf("after %v: got %q and %d fetches, want %q and %d", d, got, a.count(jwksURL), want, fetches)
			}
		}
		at(0, "", 1)
		at(10*time.Minute-1, "", 1)
		a.on(jwksURL, answers(503, "text/plain", "no"))
		at(10*time.Minute, "", 2)
		at(10*time.Minute+30*time.Second-1, "", 2) // a failure waits for the cool-down too
		at(10*time.Minute+30*time.Second, "", 3)
		at(11*time.Minute+59*time.Second, "", 4)
		at(12*time.Minute-1, "", 4)
		at(12*time.Minute, rs.ReasonKeysUnavailable, 4) // the last failure was a second ago
		at(12*time.Minute+29*time.Second-1, rs.ReasonKeysUnavailable, 4)
		at(12*time.Minute+29*time.Second, rs.ReasonKeysUnavailable, 5)
		at(12*time.Minute+30*time.Second-1, rs.ReasonKeysUnavailable, 5) // nothing to fall back on: every second
		at(12*time.Minute+30*time.Second, rs.ReasonKeysUnavailable, 6)
		a.publish(signer().PublicJWKS())
		at(12*time.Minute+31*time.Second, "", 7)
		at(22*time.Minute+31*time.Second-1, "", 7)
		at(22*time.Minute+31*time.Second, "", 8)
	})
}

// TestWithoutACooldown: keys that cannot be had are still asked for once a second at most.
func TestWithoutACooldown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		cfg := a.config()
		cfg.JWKSTTL, cfg.JWKSCooldown = time.Minute, -1
		s := newServer(t, cfg)
		outcome(s, "token")
		a.on(jwksURL, answers(503, "text/plain", "no"))
		time.Sleep(time.Minute)
		for range 40 { // four a second
			if got := outcome(s, "token"); got != "" {
				t.Error(got)
			}
			synctest.Wait()
			time.Sleep(250 * time.Millisecond)
		}
		if got := a.count(jwksURL); got != 1+10 {
			t.Errorf("%d fetches, want the first and ten", got)
		}
	})
}

// TestOneFetchForAll who want the same: the first keys, or those of a rotation.
func TestOneFetchForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		s := newServer(t, a.config())
		next := newSigner("ES256")
		for i, use := range []func(){func() {}, func() { a.use(next) }} {
			use()
			a.on(jwksURL, after(time.Second, answers(200, "application/json", string(both(signer(), next)))))
			if i == 0 {
				a.on(jwksURL, after(time.Second, answers(200, "application/json", string(signer().PublicJWKS()))))
			}
			var all sync.WaitGroup
			for n := range 20 {
				all.Go(func() {
					time.Sleep(time.Duration(n) * 10 * time.Millisecond) // while the fetch is under way
					if got := outcome(s, fmt.Sprintf("token-%d-%d", i, n)); got != "" {
						t.Errorf("round %d, request %d: got %q", i, n, got)
					}
				})
			}
			all.Wait()
			if got := a.count(jwksURL); got != i+1 {
				t.Errorf("round %d: %d fetches, want %d", i, got, i+1)
			}
		}
	})
}

// TestNobodyWaitsForKeysAfterClose, which nobody will fetch.
func TestNobodyWaitsForKeysAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, localConfig(newWire()))
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		err := s.Discover(t.Context())
		refusal(t, err, rs.ErrUnavailable, rs.ReasonClosed)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestANewerTokenThanTheNewestKeys: a set that was fetched because of this very token is new enough to call its key unknown.
func TestANewerTokenThanTheNewestKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := liveLocal(newWire())
		cfg.ClockSkew = 10 * time.Second
		s := newServer(t, cfg)
		outcome(s, issued(t, signer(), nil))
		ahead := object{"iat": epoch.Add(5 * time.Second).Unix()} // by the clock of the authorization server
		if got := outcome(s, issued(t, attacker(), ahead)); got != rs.ReasonTokenKey {
			t.Errorf("got %q, want %q", got, rs.ReasonTokenKey)
		}
	})
}
