package rs_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestAnAdmittedRequestEndsWithItsParent: a handler must notice that its client has gone.
func TestAnAdmittedRequestEndsWithItsParent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := newServer(t, config(newWire().on(endpoint, good()))).Admit(request("Bearer token").WithContext(ctx))
	if err != nil || r.Context().Err() != nil {
		t.Fatal(err, r)
	}
	cancel()
	select {
	case <-r.Context().Done():
	default:
		t.Error("the request goes on")
	}
	if err := r.Context().Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPrincipal(t *testing.T) {
	t.Parallel()
	body := mustJSON(claims(map[string]any{"aud": []string{"https://rs.example"}, "scope": " groups  profile ", "ext": map[string]any{"org": "dinum"}}))
	s := newServer(t, config(newWire().on(endpoint, jsonAnswer(body))))
	p, err := s.AuthenticateRequest(request("Bearer token"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Subject != "alice" || p.ClientID != "docs" || p.Username != "Alice" || p.Audience != "docs" ||
		!reflect.DeepEqual(p.TokenAudiences, []string{"https://rs.example"}) || !reflect.DeepEqual(p.Scopes, []string{"groups", "profile"}) ||
		!p.Expiry.Equal(epoch.Add(time.Hour)) {
		t.Errorf("got %+v", p)
	}
	for scope, want := range map[string]bool{"groups": true, "profile": true, "Groups": false, "": false, "group": false} {
		if p.HasScope(scope) != want {
			t.Errorf("HasScope(%q) = %v", scope, !want)
		}
	}
	if !p.HasTokenAudience("https://rs.example") || p.HasTokenAudience("") || p.HasTokenAudience("x") {
		t.Error("HasTokenAudience")
	}
	alone, err := newServer(t, config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(nil)))))).Authenticate(t.Context(), "token")
	if err != nil || alone.Username != "Alice" || alone.TokenAudiences != nil {
		t.Errorf("a user name and no audience: got %+v, %v", alone, err)
	}
	cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(object{"exp": nil, "azp": []string{"", "chat", "drive"}})))))
	cfg.AudienceClaim = "azp"
	if p, err := newServer(t, cfg).Authenticate(t.Context(), "token"); err != nil || !p.Expiry.IsZero() || p.Audience != "chat" {
		t.Errorf("no exp, and several services: got %+v, %v", p, err)
	}
	var claims struct {
		Ext struct {
			Org string `json:"org"`
		} `json:"ext"`
	}
	if err := p.Claims(&claims); err != nil || claims.Ext.Org != "dinum" {
		t.Errorf("got %+v, %v", claims, err)
	}
	var all map[string]any
	if err := p.Claims(&all); err != nil || all["sub"] != "alice" {
		t.Errorf("got %v, %v", all, err)
	}
	var wrong struct {
		Sub int `json:"sub"`
	}
	if err := p.Claims(&wrong); err == nil || err.Error() != "rs: the introspection response does not fit the type given to Claims: check its field types" {
		t.Errorf("got %v", err)
	}
	p.Scopes[0], p.TokenAudiences[0] = "admin", "changed"
	again, _ := s.AuthenticateRequest(request("Bearer token"))
	if again.HasScope("admin") || again.HasTokenAudience("changed") {
		t.Error("what one handler changes shows in the next request")
	}
}

func TestPrincipalByHand(t *testing.T) {
	t.Parallel()
	p := &rs.Principal{Subject: "alice", Scopes: []string{"a", "b"}, TokenAudiences: []string{"x"}, Expiry: epoch}
	got, ok := rs.FromContext(rs.NewContext(t.Context(), p))
	if !ok || got != p {
		t.Fatal("not the same principal")
	}
	var all map[string]any
	want := map[string]any{"active": true, "sub": "alice", "scope": "a b", "aud": []any{"x"}, "exp": float64(epoch.Unix())}
	if err := p.Claims(&all); err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("got %v, %v, want %v", all, err, want)
	}
	all = nil
	full := &rs.Principal{Issuer: issuer, Subject: "alice", ClientID: "docs", Username: "Alice"}
	if err := full.Claims(&all); err != nil || !reflect.DeepEqual(all, map[string]any{
		"active": true, "iss": issuer, "sub": "alice", "client_id": "docs", "username": "Alice",
	}) {
		t.Errorf("got %v, %v", all, err)
	}
	for _, ctx := range []context.Context{t.Context(), rs.NewContext(t.Context(), nil), rs.NewContext(rs.NewContext(t.Context(), p), nil)} {
		if p, ok := rs.FromContext(ctx); ok || p != nil {
			t.Error("a principal out of nothing")
		}
	}
}

// A 500 says nothing to the client, so its error says to the programmer what to do.
func TestMistakesWithGuardsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, ctx := range map[string]context.Context{
		"rs: internal error (not_authenticated): nobody has looked at the token: put rsgin.Authenticate or Server.Wrap before it": t.Context(),
		"rs: internal error (missing_requirements): a guard without scopes or audiences would let everybody in: name one":         rs.NewContext(t.Context(), &rs.Principal{}),
	} {
		if err := rs.RequireAnyScope(ctx); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestRequire(t *testing.T) {
	t.Parallel()
	cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"aud": "https://rs.example"})))))
	cfg.Realm = "docs"
	r, err := newServer(t, cfg).Admit(request("Bearer token"))
	if err != nil {
		t.Fatal(err)
	}
	byHand := rs.NewContext(t.Context(), &rs.Principal{Scopes: []string{"groups", "profile"}, TokenAudiences: []string{"https://rs.example"}})
	p, _ := rs.FromContext(r.Context())
	waived := &rs.Error{Kind: rs.ErrMissingToken, Reason: rs.ReasonNoToken}
	scopes := func(f func(context.Context, ...string) error, s ...string) func(context.Context) error {
		return func(ctx context.Context) error { return f(ctx, s...) }
	}
	for _, c := range []struct {
		name string
		rule func(context.Context) error
		kind rs.Kind
		want rs.Reason
	}{
		{"any, has", scopes(rs.RequireAnyScope, "x", "groups"), 0, ""},
		{"any, has not", scopes(rs.RequireAnyScope, "x", "y"), rs.ErrInsufficientScope, rs.ReasonInsufficientScope},
		{"any of none", scopes(rs.RequireAnyScope), rs.ErrInternal, rs.ReasonMissingRequirements},
		{"any of empty", scopes(rs.RequireAnyScope, ""), rs.ErrInsufficientScope, rs.ReasonInsufficientScope},
		{"all, has", scopes(rs.RequireAllScopes, "profile", "groups"), 0, ""},
		{"all, has one", scopes(rs.RequireAllScopes, "groups", "x"), rs.ErrInsufficientScope, rs.ReasonInsufficientScope},
		{"all of none", scopes(rs.RequireAllScopes), rs.ErrInternal, rs.ReasonMissingRequirements},
		{"audience, has", scopes(rs.RequireTokenAudience, "x", "https://rs.example"), 0, ""},
		{"audience, has not", scopes(rs.RequireTokenAudience, "https://rs.example/"), rs.ErrInvalidToken, rs.ReasonAudienceNotForRoute},
		{"audience empty", scopes(rs.RequireTokenAudience, ""), rs.ErrInvalidToken, rs.ReasonAudienceNotForRoute},
		{"no audience", scopes(rs.RequireTokenAudience), rs.ErrInternal, rs.ReasonMissingRequirements},
	} {
		for from, ctx := range map[string]context.Context{"": byHand, "docs": r.Context(), "docs ": rs.NewContext(t.Context(), p)} {
			err := c.rule(ctx)
			if c.want == "" {
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				continue
			}
			e := refusal(t, err, c.kind, c.want)
			if e.Kind != rs.ErrInternal && e.Realm != from[:min(len(from), 4)] {
				t.Errorf("%s: realm %q, want %q", c.name, e.Realm, from)
			}
		}
		refusal(t, c.rule(t.Context()), rs.ErrInternal, rs.ReasonNotAuthenticated)
		refusal(t, c.rule(rs.NewAnonymousContext(t.Context(), waived)), rs.ErrMissingToken, rs.ReasonNoToken)
	}
	if !rs.IsAnonymous(rs.NewAnonymousContext(t.Context(), waived)) || rs.IsAnonymous(byHand) || rs.IsAnonymous(t.Context()) {
		t.Error("IsAnonymous")
	}
}

// TestAnAdmissionInPlace: "*r = *admitted" makes the admission the parent of itself. It must not take the process down, which a look without end would.
func TestAnAdmissionInPlace(t *testing.T) {
	t.Parallel()
	r := request("Bearer token")
	admitted, err := newServer(t, config(newWire().on(endpoint, good()))).Admit(r)
	if err != nil {
		t.Fatal(err)
	}
	*r = *admitted
	ctx := r.Context()
	if _, ok := rs.FromContext(ctx); !ok {
		t.Error("no principal")
	}
	_, hasDeadline := ctx.Deadline()
	if ctx.Value(wire{}) != nil || ctx.Done() != nil || ctx.Err() != nil || hasDeadline {
		t.Error("there is nothing else in this context")
	}
}

// TestNothingIsNoScope: neither of a principal nor of the facts that a request carries in its place.
func TestNothingIsNoScope(t *testing.T) {
	t.Parallel()
	s := newServer(t, config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"scope": " groups  profile ", "aud": []string{""}}))))))
	r, err := s.Admit(request("Bearer token"))
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := rs.FromContext(r.Context()); p.HasTokenAudience("") || p.HasScope("") {
		t.Errorf("%+v has a nameless audience or scope", p)
	}
	byHand := &rs.Principal{Scopes: []string{""}, TokenAudiences: []string{""}}
	if byHand.HasTokenAudience("") || byHand.HasScope("") {
		t.Error("a principal by hand has a nameless audience or scope")
	}
	refusal(t, rs.RequireAnyScope(r.Context(), ""), rs.ErrInsufficientScope, rs.ReasonInsufficientScope)
	refusal(t, rs.RequireAllScopes(r.Context(), "groups", ""), rs.ErrInsufficientScope, rs.ReasonInsufficientScope)
	refusal(t, rs.RequireTokenAudience(r.Context(), ""), rs.ErrInvalidToken, rs.ReasonAudienceNotForRoute)
}

func TestARefusalHasTheRealmOfTheServer(t *testing.T) {
	t.Parallel()
	cfg := config(newWire().on(endpoint, good()))
	cfg.Realm = "docs"
	r, err := newServer(t, cfg).Admit(request("Bearer token"))
	if err != nil {
		t.Fatal(err)
	}
	shared := &rs.Error{Kind: rs.ErrInvalidToken}
	if e := rs.Refused(r.Context(), shared); e.Realm != "docs" || shared.Realm != "" {
		t.Errorf("got %+v, and %+v", e, shared)
	}
	if rs.Refused(r.Context(), nil) != nil || rs.Refused(t.Context(), shared) != shared {
		t.Error("without a principal the error is as it was")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	cfg := config(newWire().on(endpoint, answersToToken(t, "good")))
	cfg.Realm = "docs"
	type key struct{}
	h := newServer(t, cfg).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := rs.FromContext(r.Context())
		if !ok || r.Context().Value(key{}) != "kept" {
			t.Errorf("principal %v, other value %v", ok, r.Context().Value(key{}))
		}
		_, _ = io.WriteString(w, p.Subject)
	}))
	for _, c := range []struct {
		lines  []string
		status int
		want   string
	}{
		{[]string{"Bearer good"}, 200, ""},
		{nil, 401, `Bearer realm="docs", scope="groups documents"`},
		{[]string{"Bearer bad"}, 401, `Bearer realm="docs", error="invalid_token", error_description="the access token is not valid here"`},
		{[]string{"Bearer"}, 400, `Bearer realm="docs", error="invalid_request", error_description="malformed Authorization header"`},
	} {
		rec := httptest.NewRecorder()
		r := request(c.lines...)
		h.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), key{}, "kept")))
		if got := rec.Header().Get("WWW-Authenticate"); rec.Code != c.status || got != c.want {
			t.Errorf("%q: got %d %q, want %d %q", c.lines, rec.Code, got, c.status, c.want)
		}
	}
}

// TestUsernames: as its letters or as escapes, it reads the same.
func TestUsernames(t *testing.T) {
	t.Parallel()
	for response, want := range map[string]string{
		`"Zoë"`: "Zoë", `"Zo\u00eb"`: "Zoë", `"\"Z\""`: `"Z"`, `""`: "", `null`: "", `5`: "",
	} {
		body := strings.TrimSuffix(mustJSON(claims(map[string]any{"username": nil})), "}") + `,"username":` + response + `}`
		p, err := newServer(t, config(newWire().on(endpoint, jsonAnswer(body)))).Authenticate(t.Context(), "token")
		if err != nil || p.Username != want {
			t.Errorf("%s: got %+v, %v", response, p, err)
		}
	}
}
