package rs_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestAuthorizationServerDownAtStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, good())
		seen := &recorder{}
		cfg := live(w)
		cfg.IntrospectionEndpoint, cfg.Observer = "", seen
		s := newServer(t, cfg)
		refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonMetadataUnavailable) // and it begins to look
		synctest.Wait()
		for range 5 { // within a second: one attempt, and only in the first place
			if got := outcome(s, "token"); got != rs.ReasonMetadataUnavailable {
				t.Error(got)
			}
			refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonMetadataUnavailable)
		}
		if w.count(oauthInserted) != 1 || w.count(oidcAppended) != 0 || seen.count(rs.OpFetchMetadata) != 1 {
			t.Errorf("%d, %d calls, %d events", w.count(oauthInserted), w.count(oidcAppended), seen.count(rs.OpFetchMetadata))
		}
		w.on(oauthInserted, after(time.Hour, answers(200, "", "")))
		time.Sleep(time.Second)
		start := time.Now()
		if got := outcome(s, "token"); got != rs.ReasonMetadataUnavailable || time.Since(start) > 5*time.Second {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		time.Sleep(10 * time.Second)
		w.on(oauthInserted, jsonAnswer(document(nil)))
		_ = s.Ready()
		synctest.Wait()
		if err := s.Ready(); err != nil {
			t.Error(err)
		}
		if got := outcome(s, "token"); got != "" {
			t.Error(got)
		}
	})
}

func TestMetadataIsRefreshedAndServedStale(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := publishes(oauthInserted, document(nil))
		cfg := live(w)
		cfg.IntrospectionEndpoint, cfg.CacheSize = "", -1
		w.on(endpoint, jsonAnswer(mustJSON(claims(object{"exp": nil}))))
		s := newServer(t, cfg)
		want := func(why string, reason rs.Reason) {
			t.Helper()
			if got := outcome(s, "token"); got != reason {
				t.Errorf("%s: %q", why, got)
			}
			synctest.Wait()
		}
		want("first", "")
		const moved = issuer + "/moved"
		w.on(moved, jsonAnswer(mustJSON(claims(object{"exp": nil}))))
		w.on(oauthInserted, jsonAnswer(document(object{"introspection_endpoint": moved})))
		time.Sleep(11 * time.Minute)
		want("begins the refresh", "")
		want("refreshed", "")
		if w.count(endpoint) != 2 || w.count(moved) != 1 {
			t.Errorf("%d, %d calls", w.count(endpoint), w.count(moved))
		}
		for _, bad := range []struct {
			name string
			h    http.HandlerFunc
		}{
			{"500", answers(500, "", "")},
			{"forged", jsonAnswer(document(object{"issuer": "https://evil.example", "introspection_endpoint": "https://evil.example/i"}))},
			{"empty", jsonAnswer(document(object{"introspection_endpoint": nil}))},
		} {
			w.on(oauthInserted, bad.h)
			time.Sleep(11 * time.Minute)
			want(bad.name, "")
			want(bad.name+" again", "")
			if err := s.Ready(); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(25 * time.Hour)
		want("too old", rs.ReasonMetadataMismatch)
	})
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, good())
	if err := newServer(t, config(w)).Discover(t.Context()); err != nil || len(w.calls) != 0 {
		t.Errorf("nothing to discover: %v after %d calls", err, len(w.calls))
	}
	cfg := discovering(w)
	s := newServer(t, cfg)
	refusal(t, s.Discover(t.Context()), rs.ErrUnavailable, rs.ReasonMetadataUnavailable)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg.Format = rs.JWTSigned
	s = newServer(t, cfg)
	w.on(oauthInserted, jsonAnswer(document(nil)))
	refusal(t, s.Discover(t.Context()), rs.ErrUnavailable, rs.ReasonKeysUnavailable)
}

// An endpoint that moved is found again after the cool-down, and not only when the metadata is due: ten minutes of 503 else.
func TestAnEndpointThatMoved(t *testing.T) {
	t.Parallel()
	const moved = issuer + "/moved"
	for name, gone := range map[string]http.HandlerFunc{
		"404": answers(404, "text/html", ""), "410": answers(410, "", ""), "redirect": answers(308, "", ""),
		"403": answers(403, "text/html", "no such page"), "no server": nil, "hangs": after(time.Hour, good()),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := publishes(oauthInserted, document(nil)).on(endpoint, good())
				cfg := live(w)
				cfg.IntrospectionEndpoint, cfg.CacheSize, cfg.CircuitOpen, cfg.CredentialsPause = "", -1, -1, -1
				s := newServer(t, cfg)
				outcome(s, "token")
				w.on(endpoint, gone).on(moved, good()).on(oauthInserted, jsonAnswer(document(object{"introspection_endpoint": moved})))
				time.Sleep(time.Second)
				for range 50 {
					outcome(s, "token")
					synctest.Wait()
				}
				if n := w.count(oauthInserted); n > 2 {
					t.Errorf("the metadata was fetched %d times within the cool-down", n)
				}
				time.Sleep(30 * time.Second)
				outcome(s, "token") // begins the refresh
				synctest.Wait()
				if got := outcome(s, "token"); got != "" {
					t.Errorf("after the cool-down: %q", got)
				}
				for range 50 {
					outcome(s, "token")
				}
				if n := w.count(oauthInserted); n < 2 || n > 3 { // once more for the call that was under way
					t.Errorf("the metadata was fetched %d times", n)
				}
			})
		})
	}
}

// So are the keys and UserInfo.
func TestTheOtherEndpointsThatMoved(t *testing.T) {
	t.Parallel()
	const movedKeys, movedUserInfo = issuer + "/moved/jwks", issuer + "/moved/userinfo"
	synctest.Test(t, func(t *testing.T) {
		userInfo, next := jsonAnswer(userClaims(nil)), newSigner("ES256")
		w := newWire()
		cfg := liveLocal(w)
		cfg.JWKSEndpoint = ""
		w.on(userInfoURL, userInfo).on(oauthInserted, jsonAnswer(document(object{"userinfo_endpoint": userInfoURL})))
		s := newServer(t, cfg)
		ask := func(by *keys.Signer) string {
			defer synctest.Wait()
			token := issued(t, by, nil)
			r, err := s.Admit(request("Bearer " + token))
			if err == nil {
				_, err = s.UserInfo(r)
			}
			return string(reason(err))
		}
		if got := ask(signer()); got != "" {
			t.Fatalf("before: %q", got)
		}
		gone := answers(404, "", "")
		w.on(jwksURL, gone).on(userInfoURL, gone).on(movedUserInfo, userInfo).
			on(movedKeys, answers(200, "application/json", string(next.PublicJWKS()))).
			on(oauthInserted, jsonAnswer(document(object{"jwks_uri": movedKeys, "userinfo_endpoint": movedUserInfo})))
		time.Sleep(31 * time.Second)
		if got := ask(next); got != string(rs.ReasonKeysUnavailable) {
			t.Errorf("a new key, before the keys are found again: %q", got)
		}
		time.Sleep(2 * time.Second)
		ask(next) // begins the refresh
		time.Sleep(2 * time.Second)
		if got := ask(next); got != "" {
			t.Errorf("keys and UserInfo: %q", got)
		}
		w.on(userInfoURL, userInfo).on(movedUserInfo, gone).
			on(oauthInserted, jsonAnswer(document(object{"jwks_uri": movedKeys, "userinfo_endpoint": userInfoURL})))
		time.Sleep(31 * time.Second)
		ask(next) // finds that it is gone
		time.Sleep(time.Second)
		ask(next) // begins the refresh
		time.Sleep(time.Second)
		if got := ask(next); got != "" {
			t.Errorf("UserInfo alone: %q", got)
		}
	})
}

// What tokens are refused for is no reason to look for another endpoint, nor is a failure where nothing was discovered.
func TestMetadataThatIsNotDoubted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		configured string
		answer     http.HandlerFunc
		want       int
	}{
		"refused tokens": {"", jsonAnswer(`{"active":false}`), 1},
		"good tokens":    {"", good(), 1},
		"configured":     {endpoint, answers(404, "", ""), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := publishes(oauthInserted, document(nil)).on(endpoint, c.answer)
				cfg := live(w)
				cfg.IntrospectionEndpoint, cfg.CacheSize, cfg.CircuitOpen = c.configured, -1, -1
				s := newServer(t, cfg)
				for range 5 {
					outcome(s, "token")
					time.Sleep(time.Minute)
				}
				if n := w.count(oauthInserted); n != c.want {
					t.Errorf("%d fetches, want %d", n, c.want)
				}
			})
		})
	}
}

// While no newer metadata can be had, it is asked for once in a cool-down.
func TestDoubtDuringAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := answers(502, "", "")
		w := publishes(oauthInserted, document(nil)).on(endpoint, good())
		cfg := live(w)
		cfg.IntrospectionEndpoint, cfg.CacheSize, cfg.CircuitOpen, cfg.NoRetry = "", -1, -1, true
		s := newServer(t, cfg)
		outcome(s, "token")
		w.on(endpoint, down).on(oauthInserted, down)
		for range 300 {
			outcome(s, "token")
			time.Sleep(time.Second)
		}
		if n := w.count(oauthInserted); n < 5 || n > 12 {
			t.Errorf("%d fetches in 5 minutes", n)
		}
		w.on(endpoint, good()).on(oauthInserted, jsonAnswer(document(nil)))
		if got := outcome(s, "token"); got != "" {
			t.Errorf("afterwards: %q", got)
		}
	})
}
