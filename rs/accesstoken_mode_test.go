package rs_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// liveLocal is localConfig on the clock of the bubble.
func liveLocal(w *wire) rs.Config {
	cfg := localConfig(w)
	cfg.Now = live(w).Now
	return cfg
}

// liveBoth is LocalThenIntrospect on the clock of the bubble, asking every minute.
func liveBoth(w *wire) rs.Config {
	cfg := liveLocal(w)
	cfg.AccessToken, cfg.IntrospectEvery, cfg.NoRefreshAhead = rs.LocalThenIntrospect, time.Minute, true
	cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret = endpoint, clientID, secret
	return cfg
}

// issued is a token issued now, on the clock of the bubble.
func issued(t testing.TB, s *keys.Signer, claims object) string {
	now := epoch.Add(time.Since(bubbleStart))
	own := object{"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	return sign(t, s, accessHeader, mustJSON(with(with(accessClaims(), own), claims)))
}

func TestAModeOfItsOwnForEachForm(t *testing.T) {
	t.Parallel()
	jwt := accessToken(t, nil, nil)
	for _, c := range []struct {
		name   string
		mode   rs.AccessTokenMode
		token  string
		adjust func(*rs.Config)
		want   rs.Reason
		asked  int
	}{
		{"opaque", rs.Introspect, "opaque", nil, "", 1},
		{"JWT", rs.Introspect, jwt, nil, "", 1},
		{"opaque", rs.Local, "opaque", nil, rs.ReasonTokenFormat, 0},
		{"opaque with dots", rs.Local, "a.b.c", nil, rs.ReasonTokenFormat, 0},
		{"an empty header", rs.Local, "e30.e30.AA", nil, rs.ReasonTokenFormat, 0},
		{"JWT", rs.Local, jwt, nil, "", 0},
		{"JWE without a key of ours", rs.Local, encrypt(t, nil, jwt), nil, rs.ReasonTokenEncryption, 0},
		{"opaque", rs.LocalThenIntrospect, "opaque", nil, "", 1},
		{"opaque with dots", rs.LocalThenIntrospect, "a.b.c", nil, "", 1},
		{"opaque with four dots", rs.LocalThenIntrospect, "a.b.c.d.e", nil, "", 1},
		{"young JWT", rs.LocalThenIntrospect, jwt, nil, "", 0},
		{"old JWT", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": at(-time.Minute)}), nil, "", 1},
		{"JWT from before all times", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": -253402300799}), nil, "", 1},
		{"JWT from the future", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": at(time.Second)}), func(c *rs.Config) { c.ClockSkew = time.Second }, "", 0},
		{"JWE without a key of ours", rs.LocalThenIntrospect, encrypt(t, nil, jwt), nil, "", 1},
		{"JWE", rs.LocalThenIntrospect, encrypt(t, nil, jwt), func(c *rs.Config) { c.Decrypter = ecdh() }, "", 0},
	} {
		t.Run(c.mode.String()+": "+c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(object{"aud": audience}))))
			cfg := localConfig(w)
			cfg.AccessToken, cfg.IntrospectEvery = c.mode, time.Minute
			cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret = endpoint, clientID, secret
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			if got := outcome(newServer(t, cfg), c.token); got != c.want || w.count(endpoint) != c.asked {
				t.Errorf("got %q after %d questions, want %q after %d", got, w.count(endpoint), c.want, c.asked)
			}
		})
	}
}

// TestRevocationIsNoticedWithinThePeriod: never later than IntrospectEvery after the token was issued or last asked about.
func TestRevocationIsNoticedWithinThePeriod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, jsonAnswer(`{"active":true}`))
		s := newServer(t, liveBoth(w))
		token := issued(t, signer(), nil)
		for minute, want := range []int{0, 0, 1, 1, 2} { // every 40 seconds
			if got := outcome(s, token); got != "" {
				t.Fatal(got)
			}
			if w.count(endpoint) != want {
				t.Errorf("after %d times 40 seconds: asked %d times, want %d", minute, w.count(endpoint), want)
			}
			time.Sleep(40 * time.Second)
		}
		w.on(endpoint, jsonAnswer(`{"active":false}`))
		time.Sleep(time.Minute)
		if got := outcome(s, token); got != rs.ReasonInactive {
			t.Errorf("revoked: %q", got)
		}
		w.on(endpoint, jsonAnswer(`{"active":true}`))
		time.Sleep(time.Minute)
		if got := outcome(s, token); got != "" {
			t.Errorf("once more: %q", got)
		}
		w.on(endpoint, answers(500, "text/plain", "no"))
		time.Sleep(time.Minute)
		_, err := s.Authenticate(t.Context(), token)
		refusal(t, err, rs.ErrUnavailable, rs.ReasonStatus)
		if got := outcome(s, issued(t, signer(), nil)); got != "" {
			t.Errorf("a young token in an outage: %q", got)
		}
	})
}

func TestRefreshAheadOfThePeriod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, jsonAnswer(`{"active":true}`))
		cfg := liveBoth(w)
		cfg.NoRefreshAhead = false
		s := newServer(t, cfg)
		token := issued(t, signer(), nil)
		for _, want := range []int{0, 0, 1, 1} { // every 25 seconds: the third is in the last fifth
			if got := outcome(s, token); got != "" {
				t.Fatal(got)
			}
			synctest.Wait()
			if w.count(endpoint) != want {
				t.Errorf("asked %d times, want %d", w.count(endpoint), want)
			}
			time.Sleep(25 * time.Second)
		}
	})
}

func TestStaleOfThePeriod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(endpoint, answers(500, "text/plain", "no"))
		cfg := liveBoth(w)
		cfg.StaleIfError = 10 * time.Minute
		s := newServer(t, cfg)
		token := issued(t, signer(), nil)
		outcome(s, token)
		time.Sleep(10 * time.Minute)
		p, err := s.Authenticate(t.Context(), token)
		if err != nil || !p.Stale {
			t.Errorf("got %+v, %v, want stale", p, err)
		}
		time.Sleep(time.Minute)
		if got := outcome(s, token); got != rs.ReasonStatus {
			t.Errorf("got %q", got)
		}
	})
}

// TestConfirmation: what the authorization server says about a JWT is added to it, cannot extend it, and can refuse it.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer string
		want         rs.Reason
	}{
		{"active alone", `{"active":true}`, ""},
		{"everything", mustJSON(claims(object{"aud": audience})), ""},
		{"another scope now", `{"active":true,"scope":"profile"}`, rs.ReasonInsufficientScope},
		{"another client now", `{"active":true,"client_id":"visio"}`, rs.ReasonAudienceNotAllowed},
		{"inactive", `{"active":false}`, rs.ReasonInactive},
		{"for others", `{"active":true,"aud":"https://other.example"}`, rs.ReasonTokenAudience},
		{"for nobody", `{"active":true,"aud":[]}`, rs.ReasonTokenAudience},
		{"of another issuer", `{"active":true,"iss":"https://other.example"}`, rs.ReasonIssuer},
		{"bound to a key", `{"active":true,"cnf":{"jkt":"x"}}`, rs.ReasonSenderConstrained},
		{"a refresh token", `{"active":true,"token_type":"refresh_token"}`, rs.ReasonTokenType},
		{"expired", mustJSON(object{"active": true, "exp": at(0)}), rs.ReasonExpired},
		{"not yet valid", mustJSON(object{"active": true, "nbf": at(time.Hour)}), rs.ReasonNotYetValid},
		{"good for longer", mustJSON(object{"active": true, "exp": at(100 * time.Hour)}), ""},
		{"nothing", ``, rs.ReasonBody},
		{"unsupported", "unsupported", rs.ReasonUnsupportedToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, jsonAnswer(c.answer))
			if c.answer == "unsupported" {
				w.on(endpoint, answers(400, "application/json", `{"error":"unsupported_token_type"}`))
			}
			cfg := localConfig(w)
			clock := newClock()
			cfg.Now = clock.Now
			cfg.AccessToken, cfg.IntrospectEvery, cfg.AllowedAudiences = rs.LocalThenIntrospect, time.Minute, []string{"docs"}
			cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret = endpoint, clientID, secret
			cfg.Format, cfg.TokenType = rs.JSON, rs.TokenTypeRequired
			s := newServer(t, cfg)
			token := accessToken(t, nil, object{"iat": at(-time.Hour), "username": "Al"})
			for range 2 {
				if got := outcome(s, token); got != c.want {
					t.Fatalf("got %q, want %q", got, c.want)
				}
			}
			if c.want != "" {
				return
			}
			p, err := s.Authenticate(t.Context(), token)
			if err != nil || p.Subject != "alice" || !p.Expiry.Equal(epoch.Add(time.Hour)) || !p.HasTokenAudience(audience) || p.Username == "" {
				t.Errorf("got %+v, %v", p, err)
			}
			clock.advance(time.Hour)
			if got := outcome(s, token); got != rs.ReasonExpired {
				t.Errorf("after exp: %q", got)
			}
		})
	}
}

// TestLocalFactsAreKeptForCacheTTL and verified anew after that, with the keys of that time.
func TestLocalFactsAreKeptForCacheTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		seen := &recorder{}
		cfg := liveLocal(w)
		cfg.Observer, cfg.JWKSTTL = seen, time.Second
		s := newServer(t, cfg)
		token := issued(t, signer(), object{"exp": epoch.Add(100 * time.Second).Unix()})
		for _, want := range []int{1, 1, 1, 2, 2, 2, 3} { // every 10 seconds
			if got := outcome(s, token); got != "" {
				t.Fatal(got)
			}
			if n := seen.count(rs.OpVerify); n != want {
				t.Errorf("verified %d times, want %d", n, want)
			}
			time.Sleep(10 * time.Second)
		}
		time.Sleep(30 * time.Second)
		if got := outcome(s, token); got != rs.ReasonExpired {
			t.Errorf("after exp: %q", got)
		}
		token = issued(t, signer(), nil)
		w.on(jwksURL, answers(200, "application/json", string(attacker().PublicJWKS())))
		outcome(s, token) // refreshes beside the request
		time.Sleep(31 * time.Second)
		if got := outcome(s, token); got != rs.ReasonTokenKey {
			t.Errorf("key withdrawn: %q", got)
		}
	})
}

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
		want(t, s, issued(t, signer(), object{"jti": "2"}), rs.ReasonTokenKey)
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
		time.Sleep(29 * time.Second)
		want(t, s, issued(t, third, nil), "")
	})
	run("unknown keys", func(t *testing.T, w *wire, s *rs.Server) {
		want(t, s, issued(t, signer(), nil), "")
		old := issued(t, attacker(), nil)
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

// TestALocalStampedeIsOneVerification, and a caller that leaves fails alone.
func TestALocalStampedeIsOneVerification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		seen := &recorder{}
		cfg := liveLocal(w)
		cfg.Observer = seen
		w.on(jwksURL, after(time.Second, answers(200, "application/json", string(signer().PublicJWKS()))))
		s := newServer(t, cfg)
		token := issued(t, signer(), nil)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				asking := t.Context()
				if i == 0 {
					asking = ctx
				}
				_, err := s.Authenticate(asking, token)
				if (err != nil) != (i == 0) {
					t.Error(i, err)
				}
			})
		}
		synctest.Wait()
		cancel()
		all.Wait()
		if n := seen.count(rs.OpVerify); n != 1 || w.count(jwksURL) != 1 {
			t.Errorf("%d verifications, %d fetches, want 1 and 1", n, w.count(jwksURL))
		}
	})
}

func TestAccessTokenConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		want   []string
	}{
		{"good", func(*rs.Config) {}, nil},
		{"JWT answers need no key where nobody answers", func(c *rs.Config) { c.Format = rs.JWT }, nil},
		{"no audience", func(c *rs.Config) { c.TokenAudiences = nil }, []string{"TokenAudiences"}},
		{"keys are discovered", func(c *rs.Config) { c.JWKSEndpoint = "" }, nil},
		{"HS256", func(c *rs.Config) { c.AccessTokenAlg = "HS256" }, []string{"AccessTokenAlg"}},
		{"none", func(c *rs.Config) { c.AccessTokenAlg = "none" }, []string{"AccessTokenAlg"}},
		{"mode", func(c *rs.Config) { c.AccessToken = 7 }, []string{"ClientID", "ClientSecret", "AccessToken"}},
		{"period", func(c *rs.Config) { c.IntrospectEvery = -1 }, []string{"IntrospectEvery"}},
		{"nobody to ask", func(c *rs.Config) { c.AccessToken = rs.LocalThenIntrospect }, []string{"ClientID", "ClientSecret"}},
	} {
		cfg := localConfig(newWire())
		c.adjust(&cfg)
		var got []string
		for _, e := range rs.FieldErrors(cfg.Validate()) {
			got = append(got, e.Field)
		}
		if mustJSON(got) != mustJSON(c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for mode, want := range map[rs.AccessTokenMode]string{rs.Introspect: "introspect", rs.Local: "local", rs.LocalThenIntrospect: "local-then-introspect", 9: "unknown"} {
		if mode.String() != want {
			t.Errorf("%d is %q", mode, mode.String())
		}
	}
}

// TestLocalNeedsTheIssuerOnly: the keys are where the metadata says, and nothing else of it matters.
func TestLocalNeedsTheIssuerOnly(t *testing.T) {
	t.Parallel()
	metadata := "https://as.example/.well-known/oauth-authorization-server/api/v2"
	for _, c := range []struct {
		name, document string
		want           rs.Reason
	}{
		{"jwks_uri alone", mustJSON(object{"issuer": issuer, "jwks_uri": jwksURL}), ""},
		{"of an authorization server that signs answers otherwise", mustJSON(object{
			"issuer": issuer, "jwks_uri": jwksURL, "introspection_signing_alg_values_supported": []string{"PS512"},
			"introspection_endpoint_auth_methods_supported": []string{"none"},
		}), ""},
		{"no keys", mustJSON(object{"issuer": issuer, "introspection_endpoint": endpoint}), rs.ReasonMetadataMismatch},
		{"of another issuer", mustJSON(object{"issuer": issuer + "/", "jwks_uri": jwksURL}), rs.ReasonMetadataIssuer},
	} {
		w := newWire().on(metadata, jsonAnswer(c.document)).on(endpoint, good())
		cfg := localConfig(w)
		cfg.JWKSEndpoint, cfg.Format = "", rs.JWT
		s := newServer(t, cfg)
		if got := outcome(s, accessToken(t, nil, nil)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if err := s.Discover(t.Context()); (err == nil) != (c.want == "") {
			t.Errorf("%s: Discover: %v", c.name, err)
		}
		if w.count(endpoint) != 0 || c.want == "" && w.count(jwksURL) != 1 {
			t.Errorf("%s: %d introspections, %d fetches", c.name, w.count(endpoint), w.count(jwksURL))
		}
	}
}
