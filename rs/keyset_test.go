package rs_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// signing is an authorization server whose keys change.
type signing struct {
	*wire
	mu     sync.Mutex
	signer *keys.Signer
}

func newSigning(t testing.TB) *signing {
	a := &signing{wire: newWire(), signer: signer()}
	a.on(endpoint, func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		s := a.signer
		a.mu.Unlock()
		now := epoch.Add(time.Since(bubbleStart))
		answers(200, responseType, sign(t, s, goodHeader, mustJSON(with(goodEnvelope(), object{"iat": now.Unix(), "token_introspection": claims(object{"exp": nil})}))))(w, r)
	})
	a.publish(signer().PublicJWKS())
	return a
}

func (a *signing) publish(jwks []byte) { a.on(jwksURL, answers(200, "application/json", string(jwks))) }

func (a *signing) use(s *keys.Signer) { a.mu.Lock(); a.signer = s; a.mu.Unlock() }

func (a *signing) config() rs.Config {
	cfg := live(a.wire)
	cfg.Format, cfg.JWKSEndpoint, cfg.CacheSize = rs.JWTSigned, jwksURL, -1
	return cfg
}

func both(a, b *keys.Signer) []byte {
	trim := func(s *keys.Signer) string {
		return strings.TrimSuffix(strings.TrimPrefix(string(s.PublicJWKS()), `{"keys":[`), `]}`)
	}
	return []byte(`{"keys":[` + trim(a) + "," + trim(b) + `]}`)
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	next := newSigner("ES256")
	for name, rotate := range map[string]func(*signing){
		"with overlap":    func(a *signing) { a.publish(both(signer(), next)); a.use(next) },
		"without overlap": func(a *signing) { a.publish(next.PublicJWKS()); a.use(next) },
		"under the old name": func(a *signing) {
			a.publish([]byte(strings.ReplaceAll(string(next.PublicJWKS()), next.KeyID(), signer().KeyID())))
			a.on(endpoint, answers(200, responseType, sign(t, next, with(goodHeader, object{"kid": signer().KeyID()}), mustJSON(goodEnvelope()))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newSigning(t)
				s := newServer(t, a.config())
				for range 2 {
					if got := outcome(s, "token"); got != "" {
						t.Fatal(got)
					}
				}
				if a.count(jwksURL) != 1 {
					t.Fatalf("%d fetches before the rotation, want 1", a.count(jwksURL))
				}
				rotate(a)
				for range 3 {
					if got := outcome(s, "token"); got != "" {
						t.Fatal(got)
					}
				}
				if a.count(jwksURL) != 2 {
					t.Errorf("%d fetches after the rotation, want 2", a.count(jwksURL))
				}
			})
		})
	}
}

func TestUnknownKeysCauseOneFetchPerCooldown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		cfg := a.config()
		cfg.CircuitOpen = -1 // so many unusable answers would open it
		s := newServer(t, cfg)
		outcome(s, "token")
		a.use(newSigner("ES256"))
		for _, want := range []int{2, 3} {
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if got := outcome(s, "token"); got != rs.ReasonResponseKey {
						t.Errorf("got %q", got)
					}
				})
			}
			all.Wait()
			if a.count(jwksURL) != want {
				t.Errorf("%d fetches, want %d", a.count(jwksURL), want)
			}
			time.Sleep(30 * time.Second) // the bubble's clock
		}
		a.use(signer())
		if got := outcome(s, "token"); got != "" {
			t.Errorf("the good key: %q", got)
		}
	})
}

func TestAFailedRefreshKeepsTheKeys(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"500":                   answers(500, "text/plain", "no"),
		"500, though with keys": answers(500, "application/json", string(newSigner("ES256").PublicJWKS())),
		"html":                  answers(200, "text/html", "<html>"),
		"empty":                 answers(200, "application/json", `{"keys":[]}`),
		"no set":                answers(200, "application/json", `{}`),
		"huge":                  answers(200, "application/json", strings.Repeat(" ", 2<<20)),
		"redirect":              answers(302, "application/json", ""),
		"hanging":               after(time.Hour, answers(200, "", "")),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newSigning(t)
				seen := &recorder{}
				cfg := a.config()
				cfg.Observer = seen
				s := newServer(t, cfg)
				outcome(s, "token")
				a.on(jwksURL, h)
				for i := range 10 {
					time.Sleep(11 * time.Minute)
					start := time.Now()
					if got := outcome(s, "token"); got != "" {
						t.Errorf("request %d: %q", i, got)
					}
					if waited := time.Since(start); waited != 0 {
						t.Errorf("request %d waited %v for keys that it did not need", i, waited)
					}
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				for _, ev := range seen.of(rs.OpFetchKeys)[1:] {
					refusal(t, ev.Err, rs.ErrUnavailable, rs.ReasonKeysUnavailable)
				}
				if n := seen.count(rs.OpFetchKeys); n != 11 {
					t.Errorf("%d fetches reported, want 11", n)
				}
			})
		})
	}
}

func TestTheFirstKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		a.on(jwksURL, answers(503, "application/json", string(signer().PublicJWKS()))) // an error page that somebody wrote
		s := newServer(t, a.config())
		for range 5 { // within a second: one attempt
			if got := outcome(s, "token"); got != rs.ReasonKeysUnavailable {
				t.Error(got)
			}
		}
		if a.count(jwksURL) != 1 {
			t.Errorf("%d fetches, want 1", a.count(jwksURL))
		}
		a.publish(signer().PublicJWKS())
		time.Sleep(time.Second)
		if got := outcome(s, "token"); got != "" {
			t.Errorf("a second later: %q", got)
		}

		a = newSigning(t)
		a.on(jwksURL, after(time.Hour, answers(200, "", "")))
		s = newServer(t, a.config())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Authenticate(ctx, "token")
		refusal(t, err, rs.ErrUnavailable, rs.ReasonTimeout)
		start := time.Now()
		if got := outcome(s, "token"); got != rs.ReasonKeysUnavailable || time.Since(start) > 5*time.Second {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		time.Sleep(time.Minute)

		cfg := a.config()
		cfg.Budget = time.Second
		if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonKeysUnavailable {
			t.Errorf("keys that take longer than the budget: got %q", got)
		}
		time.Sleep(time.Minute)
	})
}

// TestAWrongSignatureUnderAKnownName is called that, also within the cool-down.
func TestAWrongSignatureUnderAKnownName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newSigning(t)
		s := newServer(t, a.config())
		forged := sign(t, newSigner("ES256"), with(goodHeader, object{"kid": signer().KeyID()}), mustJSON(goodEnvelope()))
		a.on(endpoint, answers(200, responseType, forged))
		for range 3 {
			if got := outcome(s, "token"); got != rs.ReasonResponseSignature {
				t.Errorf("got %q", got)
			}
		}
		if got := a.count(jwksURL); got != 2 {
			t.Errorf("%d fetches, want 2", got)
		}
	})
}

// TestSkippedKeysAreReported and do not disturb the others.
func TestSkippedKeysAreReported(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, jwks string
		skipped    []string
		want       rs.Reason
	}{
		{"none", `{"keys":[` + keyOf(signer()) + `]}`, nil, ""},
		{"beside a good one", `{"keys":[{"kty":"AKP","kid":"new\n"},` + keyOf(signer()) + `,1]}`, []string{
			`"new\n": kty "AKP" does not fit ES256`, `"": JSON is not an object`,
		}, ""},
		{"all", `{"keys":[{"kty":"oct","kid":"` + strings.Repeat("k", 100) + `"}]}`, []string{
			`"` + strings.Repeat("k", 64) + `": kty "oct" does not fit ES256`,
		}, rs.ReasonKeysUnavailable},
	} {
		seen := &recorder{}
		cfg := localConfig(newWire())
		cfg.HTTPClient.Transport.(*wire).on(jwksURL, answers(200, "application/json", c.jwks))
		cfg.Observer = seen
		if got := outcome(newServer(t, cfg), accessToken(t, nil, nil)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if events := seen.of(rs.OpFetchKeys); len(events) != 1 || !slices.Equal(events[0].Skipped, c.skipped) {
			t.Errorf("%s: reported %+q, want %q", c.name, events, c.skipped)
		}
	}
}
