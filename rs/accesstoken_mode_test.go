package rs_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// liveLocal is localConfig on the clock of the bubble.
func liveLocal(w *wire) rs.Config {
	return onBubble(localConfig(w))
}

// liveBoth is LocalThenIntrospect on the clock of the bubble, asking every minute.
func liveBoth(w *wire) rs.Config {
	cfg := onBubble(bothConfig(w, time.Minute))
	cfg.NoRefreshAhead = true
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
		{"opaque, begins like a JWT, with no dot", rs.LocalThenIntrospect, "eyJhbGciOiJub25lIn0", nil, "", 1},
		{"opaque, begins like a JWT, with one dot", rs.LocalThenIntrospect, "eyJhbGciOiJub25lIn0.x", nil, "", 1},
		{"opaque, begins like a JWT, with three dots", rs.LocalThenIntrospect, "eyJhbGciOiJub25lIn0.x.y.z", nil, "", 1},
		{"opaque, begins like a JWT and goes on as no base64url", rs.LocalThenIntrospect, "eyJhbGci~~~~.x.y", nil, "", 1},
		{"JWT whose age does not fit into nanoseconds", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": epoch.Unix() - 18446744074}), nil, "", 1},
		{"young JWT", rs.LocalThenIntrospect, jwt, nil, "", 0},
		{"old JWT", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": at(-time.Minute)}), nil, "", 1},
		{"JWT from before all times", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": int64(-253402300799)}), nil, "", 1},
		{"JWT from the future", rs.LocalThenIntrospect, accessToken(t, nil, object{"iat": at(time.Second)}), func(c *rs.Config) { c.ClockSkew = time.Second }, "", 0},
		{"JWE without a key of ours", rs.LocalThenIntrospect, encrypt(t, nil, jwt), nil, "", 1},
		{"JWE", rs.LocalThenIntrospect, encrypt(t, nil, jwt), func(c *rs.Config) { c.Decrypter = ecdh() }, "", 0},
	} {
		t.Run(c.mode.String()+": "+c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, jsonAnswer(mustJSON(claims(object{"aud": audience}))))
			cfg := bothConfig(w, time.Minute)
			cfg.AccessTokenMode = c.mode
			if c.adjust != nil {
				c.adjust(&cfg)
			}
			if got := outcome(newServer(t, cfg), c.token); got != c.want || w.count(endpoint) != c.asked {
				t.Errorf("got %q after %d questions, want %q after %d", got, w.count(endpoint), c.want, c.asked)
			}
		})
	}
}

// TestAYoungJWTNeedsNoMetadata, where the keys are configured and only the introspection endpoint is not.
func TestAYoungJWTNeedsNoMetadata(t *testing.T) {
	t.Parallel()
	cfg := localConfig(newWire())
	cfg.AccessTokenMode, cfg.ClientID, cfg.ClientSecret = rs.LocalThenIntrospect, clientID, secret
	s := newServer(t, cfg)
	for token, want := range map[string]rs.Reason{accessToken(t, nil, nil): "", "opaque": rs.ReasonMetadataUnavailable} {
		if got := outcome(s, token); got != want {
			t.Errorf("%.6s: got %q, want %q", token, got, want)
		}
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
		{"about somebody else", `{"active":true,"sub":"bob"}`, rs.ReasonBody},
		{"nothing", ``, rs.ReasonBody},
		{"unsupported", "unsupported", rs.ReasonUnsupportedToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, jsonAnswer(c.answer))
			if c.answer == "unsupported" {
				w.on(endpoint, answers(400, "application/json", `{"error":"unsupported_token_type"}`))
			}
			clock := newClock()
			cfg := bothConfig(w, time.Minute)
			cfg.Now, cfg.AllowedAudiences = clock.Now, []string{"docs"}
			cfg.Format, cfg.TokenType = rs.JSON, rs.TokenTypeRequired
			s := newServer(t, cfg)
			token := accessToken(t, nil, object{"iat": at(-time.Hour), "nbf": at(-time.Hour), "username": "Al"})
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

// TestAnAnswerEndsEarlierThanTheToken: RFC 7662 section 4 forbids to use an answer beyond its exp, however long the token's own is
// and however rarely the authorization server is asked.
func TestAnAnswerEndsEarlierThanTheToken(t *testing.T) {
	t.Parallel()
	for _, outside := range []bool{false, true} { // in a cache of the server's own, and as text in another
		w, clk := newWire().on(endpoint, jsonAnswer(mustJSON(object{"active": true, "exp": at(10 * time.Second)}))), newClock()
		cfg := bothConfig(w, 5*time.Minute)
		cfg.Now = clk.Now
		if outside {
			cfg.Cache = &throughJSON{memory{facts: map[rs.CacheKey]*rs.Introspection{}}}
		}
		s, token := newServer(t, cfg), accessToken(t, nil, object{"iat": at(-time.Hour)})
		p, err := s.Authenticate(t.Context(), token)
		if err != nil || !p.Expiry.Equal(epoch.Add(10*time.Second)) {
			t.Fatalf("got %+v, %v", p, err)
		}
		clk.advance(9 * time.Second)
		if got := outcome(s, token); got != "" || w.count(endpoint) != 1 {
			t.Errorf("before the end: %q, asked %d times", got, w.count(endpoint))
		}
		clk.advance(time.Second)
		w.on(endpoint, jsonAnswer(`{"active":false}`))
		if got := outcome(s, token); got != rs.ReasonInactive {
			t.Errorf("at the end: %q, want %q", got, rs.ReasonInactive)
		}
	}
}

// TestAnAnswerAddsNoAudience: for which routes a token is good is what was signed, whatever is said about it later, and however
// long that is good.
func TestAnAnswerAddsNoAudience(t *testing.T) {
	t.Parallel()
	for _, exp := range []any{nil, at(time.Minute), at(2 * time.Hour)} {
		answer := with(object{"active": true, "aud": []string{audience, "https://admin.example"}}, object{"exp": exp})
		cfg := localConfig(newWire().on(endpoint, jsonAnswer(mustJSON(answer))))
		cfg.AccessTokenMode, cfg.IntrospectEvery = rs.LocalThenIntrospect, time.Minute
		cfg.IntrospectionEndpoint, cfg.ClientID, cfg.ClientSecret = endpoint, clientID, secret
		p, err := newServer(t, cfg).Authenticate(t.Context(), accessToken(t, nil, object{"iat": at(-time.Hour)}))
		if err != nil || !p.HasTokenAudience(audience) || p.HasTokenAudience("https://admin.example") {
			t.Errorf("exp %v: got %+v, %v", exp, p, err)
		}
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
