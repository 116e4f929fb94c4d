package rs_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

const (
	alpha = "https://as.example/alpha"
	beta  = "https://as.example/beta"
)

// says is an introspection endpoint that knows some tokens of one issuer.
func says(t testing.TB, iss, subject string, tokens ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := form(t, r).Get("token")
		if slices.Contains(tokens, token) {
			jsonAnswer(mustJSON(claims(object{"iss": iss, "sub": subject, "aud": audience})))(w, r)
			return
		}
		jsonAnswer(`{"active":false}`)(w, r)
	}
}

// of is the configuration of one issuer that introspects.
func of(w *wire, issuer string) rs.Config {
	cfg := config(w)
	cfg.Issuer, cfg.IntrospectionEndpoint = issuer, issuer+"/introspection"
	return cfg
}

func newIssuers(t testing.TB, cfg rs.IssuersConfig) *rs.Issuers {
	t.Helper()
	all, err := rs.NewIssuers(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := all.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return all
}

// who is the issuer and the subject of an accepted token, else the reason.
func who(all *rs.Issuers, token string) string {
	p, err := all.Authenticate(context.Background(), token)
	if err != nil {
		return string(rs.AsError(err).Reason)
	}
	return strings.TrimPrefix(p.Issuer, "https://as.example/") + " " + p.Subject
}

func TestOpaqueTokensOfSeveralIssuers(t *testing.T) {
	t.Parallel()
	down := answers(500, "text/plain", "no")
	for _, c := range []struct {
		name        string
		alpha, beta http.HandlerFunc
		want        string
		status      int
	}{
		{"the first knows it", says(t, alpha, "a", "token"), says(t, beta, "b"), "alpha a", 0},
		{"the second knows it", says(t, alpha, "a"), says(t, beta, "b", "token"), "beta b", 0},
		{"both: the first decides", says(t, alpha, "a", "token"), says(t, beta, "b", "token"), "alpha a", 0},
		{"none knows it", says(t, alpha, "a"), says(t, beta, "b"), "inactive", 401},
		{"the first is down", down, says(t, beta, "b", "token"), "beta b", 0},
		{"the first is down, the second does not know it", down, says(t, beta, "b"), "introspection_status", 503},
		{"the second is down", says(t, alpha, "a"), down, "introspection_status", 503},
		{"the second is down and not needed", says(t, alpha, "a", "token"), down, "alpha a", 0},
		{"both are down", down, down, "introspection_status", 503},
		{"our credentials at the first", answers(401, "", ""), says(t, beta, "b"), "client_credentials", 500},
		{"our credentials at the first, the second knows it", answers(401, "", ""), says(t, beta, "b", "token"), "beta b", 0},
		{"no scope for us", jsonAnswer(mustJSON(claims(object{"iss": alpha, "scope": "x"}))), says(t, beta, "b", "token"), "insufficient_scope", 403},
		{"the second vouches for the first", says(t, alpha, "a"), says(t, alpha, "a", "token"), "issuer", 401},
		{"known and expired", jsonAnswer(mustJSON(claims(object{"iss": alpha, "exp": at(-time.Hour)}))), says(t, beta, "b"), "expired", 401},
		{"down, then no scope", down, jsonAnswer(mustJSON(claims(object{"iss": beta, "scope": "x"}))), "insufficient_scope", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(alpha+"/introspection", c.alpha).on(beta+"/introspection", c.beta)
			all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(w, alpha), of(w, beta)}})
			for range 2 {
				if got := who(all, "token"); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
			_, err := all.Authenticate(t.Context(), "token")
			if e := rs.AsError(err); e != nil && e.Status() != c.status {
				t.Errorf("status %d, want %d", e.Status(), c.status)
			}
		})
	}
}

// TestWhatOneIssuerCannotReadIsNotRefusedByAll: how long a token may be, and whether base64 around it is taken off, is each
// issuer's own.
func TestWhatOneIssuerCannotReadIsNotRefusedByAll(t *testing.T) {
	t.Parallel()
	long, junk := strings.Repeat("z", 201), base64.StdEncoding.EncodeToString([]byte("a b"))
	for _, c := range []struct {
		name, token string
		adjust      func(first, second *rs.Config)
		want        string
	}{
		{"too long for the first", long, func(first, _ *rs.Config) { first.MaxTokenLength = 200 }, "beta b"},
		{"too long for all", long, func(first, second *rs.Config) { first.MaxTokenLength, second.MaxTokenLength = 200, 100 }, "token_too_long"},
		{"too long for one, unknown to the other", strings.Repeat("y", 201), func(first, _ *rs.Config) { first.MaxTokenLength = 200 }, "inactive"},
		{"rubbish to the first", junk, func(first, _ *rs.Config) { first.LenientBase64Token = true }, "beta b"},
		{"JWT of nobody, too long for all", url64(`{"alg":"ES256"}`) + "." + url64(`{"iss":"nobody"}`) + "." + strings.Repeat("x", 200), func(first, second *rs.Config) { first.MaxTokenLength, second.MaxTokenLength = 200, 200 }, "token_too_long"},
		{"rubbish to all", junk, func(first, second *rs.Config) { first.LenientBase64Token, second.LenientBase64Token = true, true }, "malformed_authorization"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(alpha+"/introspection", says(t, alpha, "a")).on(beta+"/introspection", says(t, beta, "b", long, junk))
			first, second := of(w, alpha), of(w, beta)
			c.adjust(&first, &second)
			if got := who(newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{first, second}}), c.token); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestWhoRemembersIsAskedFirst: while a token of the second is remembered, the first need not be asked, nor waited for.
func TestWhoRemembersIsAskedFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire().on(alpha+"/introspection", says(t, alpha, "a")).on(beta+"/introspection", says(t, beta, "b", "token"))
		first, second := of(w, alpha), of(w, beta)
		first, second = onBubble(first), onBubble(second)
		all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{first, second}})
		if got := who(all, "token"); got != "beta b" {
			t.Fatal(got)
		}
		w.on(alpha+"/introspection", after(time.Hour, says(t, alpha, "a")))
		time.Sleep(10 * time.Second) // the first has forgotten that it does not know the token
		start := time.Now()
		if got := who(all, "token"); got != "beta b" || time.Since(start) != 0 {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		if n := w.count(alpha + "/introspection"); n != 1 {
			t.Errorf("the first was asked %d times", n)
		}
		w.on(alpha+"/introspection", says(t, alpha, "a"))
		time.Sleep(20 * time.Second) // the second remembers it no longer
		if got := who(all, "token"); got != "beta b" || w.count(alpha+"/introspection") != 2 {
			t.Errorf("got %q, and the first was asked %d times", got, w.count(alpha+"/introspection"))
		}
	})
}

// TestNoVerdictCrosses: the same token, the same cache, another issuer.
func TestNoVerdictCrosses(t *testing.T) {
	t.Parallel()
	shared, err := rs.NewLRU(100, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newWire().on(alpha+"/introspection", says(t, alpha, "a", "token")).on(beta+"/introspection", says(t, beta, "b"))
	first, second := of(w, alpha), of(w, beta)
	first.Cache, second.Cache, first.Now, second.Now = shared, shared, time.Now, time.Now
	first.StaleIfError, second.StaleIfError = time.Hour, time.Hour
	for _, cfg := range []*rs.Config{&first, &second} {
		cfg.AllowedAudiences = []string{"docs"}
	}
	w.on(alpha+"/introspection", jsonAnswer(mustJSON(claims(object{"iss": alpha, "exp": time.Now().Add(time.Hour).Unix()}))))
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{first, second}})
	if got := who(all, "token"); got != "alpha alice" {
		t.Fatal(got)
	}
	if got := outcome(all.Server(beta), "token"); got != rs.ReasonInactive {
		t.Errorf("the second, of a token that the first accepts: %q", got)
	}
	w.on(beta+"/introspection", answers(500, "text/plain", "no"))
	if got := outcome(all.Server(beta), "another"); got != rs.ReasonStatus {
		t.Errorf("the second, down: %q", got)
	}
	if got := who(all, "token"); got != "alpha alice" {
		t.Errorf("after that: %q", got)
	}
}

func TestIssuersByHost(t *testing.T) {
	t.Parallel()
	w := newWire().on(alpha+"/introspection", says(t, alpha, "a", "ta", "both")).on(beta+"/introspection", says(t, beta, "b", "tb", "both"))
	first, second := of(w, alpha), of(w, beta)
	first.Realm, first.AcceptedScopes = "first", []string{"groups"}
	all := newIssuers(t, rs.IssuersConfig{
		Issuers: []rs.Config{first, second}, Realm: "all",
		Choose: rs.ByHost(map[string]string{"A.example": alpha, "b.example": beta, "c.example": "https://as.example/gone", "::1": alpha}),
	})
	for _, c := range []struct{ host, token, want string }{
		{"a.example", "ta", "a"},
		{"A.EXAMPLE:8443", "both", "a"},
		{"[::1]:80", "ta", "a"},
		{"b.example", "both", "b"},
		{"a.example", "tb", "inactive first"},
		{"b.example", "ta", "inactive all"},
		{"c.example", "ta", "issuer all"},
		{"d.example", "ta", "issuer all"},
		{"", "ta", "issuer all"},
		{"a.example", "", "no_token all groups"},
		{"b.example", "", "no_token all groups documents"},
		{"d.example", "", "no_token all groups documents"},
	} {
		r := request()
		if c.token != "" {
			r = request("Bearer " + c.token)
		}
		r.Host = c.host
		var got string
		if p, err := all.AuthenticateRequest(r); err == nil {
			got = p.Subject
		} else {
			e := rs.AsError(err)
			got = strings.TrimSpace(string(e.Reason) + " " + e.Realm + " " + e.Scope)
		}
		if got != c.want {
			t.Errorf("%s with %q: got %q, want %q", c.host, c.token, got, c.want)
		}
	}
	if all.Server(alpha) == nil || all.Server("https://as.example/gone") != nil {
		t.Error("Server does not tell those that are configured")
	}
}

// TestWithoutAChoice: a request that chooses nobody leaves it to the token, and so does a token that came without a request.
func TestWithoutAChoice(t *testing.T) {
	t.Parallel()
	w := newWire().on(alpha+"/introspection", says(t, alpha, "a", "ta")).on(beta+"/introspection", says(t, beta, "b", "tb"))
	all := newIssuers(t, rs.IssuersConfig{
		Issuers: []rs.Config{of(w, alpha), of(w, beta)}, Choose: func(*http.Request) (string, bool) { return alpha, false },
	})
	if p, err := all.AuthenticateRequest(request("Bearer tb")); err != nil || p.Issuer != beta {
		t.Errorf("got %+v, %v", p, err)
	}
	if got := who(all, "tb"); got != "beta b" {
		t.Errorf("without a request: %q", got)
	}
}

// TestDecisionsOfSeveralIssuersAreReported with the issuer that made it, where one did, and how long it took by their clock.
func TestDecisionsOfSeveralIssuersAreReported(t *testing.T) {
	t.Parallel()
	clk, seen := newClock(), &recorder{}
	w := newWire().on(alpha+"/introspection", says(t, alpha, "a")).on(beta+"/introspection", byToken(t, map[string]http.HandlerFunc{
		"good": func(w http.ResponseWriter, r *http.Request) {
			clk.advance(3 * time.Second)
			jsonAnswer(mustJSON(claims(object{"iss": beta})))(w, r)
		},
		"no-scope": jsonAnswer(mustJSON(claims(object{"iss": beta, "scope": "x"}))),
	}, jsonAnswer(`{"active":false}`)))
	first, second := of(w, alpha), of(w, beta)
	first.Now, second.Now = clk.Now, clk.Now
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{first, second}, Now: clk.Now, Observer: seen})
	jwt := func(iss string) string { return url64(`{"alg":"ES256"}`) + "." + url64(`{"iss":"`+iss+`"}`) + ".AA" }
	for i, c := range []struct {
		token string
		want  rs.Event
	}{
		{"good", rs.Event{Issuer: beta, Cache: rs.CacheMiss, Duration: 3 * time.Second}},
		{"good", rs.Event{Issuer: beta, Cache: rs.CacheHit}},
		{"no-scope", rs.Event{Issuer: beta, Cache: rs.CacheMiss}},
		{"unknown", rs.Event{}}, // to any of them
		{jwt(beta), rs.Event{Issuer: beta, Cache: rs.CacheMiss}},
		{jwt("nobody"), rs.Event{}},
	} {
		_, _ = all.Authenticate(t.Context(), c.token)
		got := seen.of(rs.OpAuthenticate)[i]
		if got.Issuer != c.want.Issuer || got.Cache != c.want.Cache || got.Duration != c.want.Duration {
			t.Errorf("%s: reported as %+v, want %+v", c.token, got, c.want)
		}
	}
}

func TestIssuersAsMiddleware(t *testing.T) {
	t.Parallel()
	w := newWire().on(alpha+"/introspection", says(t, alpha, "a", "ta")).on(beta+"/introspection", says(t, beta, "b", "tb"))
	seen, own := &recorder{}, &recorder{}
	second := of(w, beta)
	second.Observer = own
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(w, alpha), second}, Observer: seen})
	h := all.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := rs.FromContext(r.Context())
		_, _ = w.Write([]byte(p.Issuer + " " + p.Subject))
	}))
	get := func(token string) (int, string) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, request("Bearer "+token))
		return rec.Code, rec.Body.String()
	}
	if status, body := get("tb"); status != 200 || body != beta+" b" {
		t.Errorf("got %d %s", status, body)
	}
	if status, _ := get("tc"); status != 401 {
		t.Errorf("got %d", status)
	}
	events := seen.of(rs.OpAuthenticate)
	if len(events) != 2 || events[0].Issuer != beta || events[0].Err != nil || events[1].Issuer != "" || events[1].Err == nil {
		t.Errorf("events %+v", events)
	}
	if len(seen.of(rs.OpIntrospect)) != 2 || seen.of(rs.OpIntrospect)[0].Issuer != alpha || len(own.of(rs.OpIntrospect)) != 2 {
		t.Errorf("introspections %+v and %+v", seen.of(rs.OpIntrospect), own.of(rs.OpIntrospect))
	}
}

func TestReadinessOfIssuers(t *testing.T) {
	t.Parallel()
	w := newWire()
	all := newIssuers(t, rs.IssuersConfig{Issuers: []rs.Config{of(w, alpha), of(w, beta)}})
	if err := all.Ready(); err != nil {
		t.Error(err)
	}
	if err := all.Server(alpha).Close(t.Context()); err != nil || all.Ready() != nil {
		t.Error("not ready because of one")
	}
	if err := all.Close(t.Context()); err != nil {
		t.Error(err)
	}
	refusal(t, all.Ready(), rs.ErrUnavailable, rs.ReasonClosed)
}

func TestIssuersConfig(t *testing.T) {
	t.Parallel()
	w := newWire()
	bad := of(w, beta)
	bad.ClientID, bad.AcceptedScopes = "", nil
	broken := of(w, beta)
	broken.WrapTransport = func(http.RoundTripper) http.RoundTripper { return nil }
	for _, c := range []struct {
		name string
		list []rs.Config
		want []string
	}{
		{"none", nil, []string{"Issuers"}},
		{"good", []rs.Config{of(w, alpha), of(w, beta)}, nil},
		{"a transport that is none", []rs.Config{of(w, alpha), broken}, []string{"WrapTransport"}},
		{"all problems at once", []rs.Config{{}, bad, of(w, alpha), of(w, alpha)}, []string{
			"Issuers[0].Issuer", "Issuers[0].AcceptedScopes", "Issuers[1].ClientID", "Issuers[1].AcceptedScopes", "Issuers[3].Issuer",
		}},
	} {
		all, err := rs.NewIssuers(rs.IssuersConfig{Issuers: c.list})
		if (err == nil) != (c.want == nil) || (all == nil) != (c.want != nil) {
			t.Errorf("%s: %v, %v", c.name, all, err)
		}
		var got []string
		for _, e := range rs.FieldErrors(err) {
			if got = append(got, e.Field); e.Problem == "" {
				t.Errorf("%s: nothing is said about %s", c.name, e.Field)
			}
		}
		for _, field := range c.want {
			if !strings.Contains(mustJSON(got), `"`+field+`"`) {
				t.Errorf("%s: %s is missing in %q", c.name, field, got)
			}
		}
	}
	if errors.Is(rs.IssuersConfig{}.Validate(), nil) {
		t.Error("no error")
	}
}
