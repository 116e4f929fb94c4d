package rsgin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

func init() { gin.SetMode(gin.TestMode) }

// roundTrip is an authorization server in memory: the token is the scope that it has, "bad" is inactive, "down" an outage.
type roundTrip struct{}

func (roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(body), "token=")
	token, _, _ := strings.Cut(rest, "&")
	answer := map[string]any{"active": token != "bad", "client_id": "docs", "scope": "base " + token, "aud": "https://" + token + ".example"}
	switch token {
	case "service": // on its own account: no subject
	case "itself": // the same, by RFC 9068 section 2.2
		answer["sub"] = "docs"
	default:
		answer["sub"] = "alice"
	}
	text, _ := json.Marshal(answer)
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	if token == "down" {
		rec.WriteHeader(http.StatusBadGateway)
	}
	_, _ = rec.Write(text)
	return rec.Result(), nil
}

func newServer(t testing.TB, observers ...rs.Observer) *rs.Server {
	t.Helper()
	s, err := rs.New(rs.Config{
		Issuer: "https://as.example", IntrospectionEndpoint: "https://as.example/introspect", ClientID: "me", ClientSecret: "secret",
		AcceptedScopes: []string{"base"}, Realm: "test", HTTPClient: &http.Client{Transport: roundTrip{}}, Observer: rs.Observers(observers...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// call sends one request through the handlers; the last one answers 200 with the subject.
func call(authorization string, handlers ...gin.HandlerFunc) (*httptest.ResponseRecorder, []*gin.Error) {
	var recorded []*gin.Error
	router := gin.New()
	router.Use(func(c *gin.Context) { c.Next(); recorded = c.Errors })
	router.GET("/", append(handlers, func(c *gin.Context) {
		p, ok := rsgin.Principal(c)
		if !ok {
			c.String(http.StatusOK, "anonymous")
			return
		}
		c.String(http.StatusOK, p.Subject)
	})...)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	rec := httptest.NewRecorder()
	router.ServeHTTP(rec, r)
	return rec, recorded
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	auth, optional := rsgin.Authenticate(server, nil), rsgin.Authenticate(server, &rsgin.Options{Optional: true})
	const invalid = `Bearer realm="test", error="invalid_token", error_description="the access token is not valid here"`
	for _, c := range []struct {
		name, authorization string
		handlers            []gin.HandlerFunc
		status              int
		challenge, body     string
	}{
		{"good", "Bearer a", []gin.HandlerFunc{auth}, 200, "", "alice"},
		{"none", "", []gin.HandlerFunc{auth}, 401, `Bearer realm="test", scope="base"`, ""},
		{"malformed", "Bearer", []gin.HandlerFunc{auth}, 400, `Bearer realm="test", error="invalid_request", error_description="malformed Authorization header"`, ""},
		{"inactive", "Bearer bad", []gin.HandlerFunc{auth}, 401, invalid, ""},
		{"outage", "Bearer down", []gin.HandlerFunc{auth}, 503, "", ""},

		{"optional, good", "Bearer a", []gin.HandlerFunc{optional}, 200, "", "alice"},
		{"optional, none", "", []gin.HandlerFunc{optional}, 200, "", "anonymous"},
		{"optional, inactive", "Bearer bad", []gin.HandlerFunc{optional}, 401, invalid, ""},
		{"optional, malformed", "Bearer a b", []gin.HandlerFunc{optional}, 400, `Bearer realm="test", error="invalid_request", error_description="malformed Authorization header"`, ""},
		{"optional, outage", "Bearer down", []gin.HandlerFunc{optional}, 503, "", ""},
		{"optional, then a scope", "", []gin.HandlerFunc{optional, rsgin.RequireAnyScope("a")}, 401, `Bearer realm="test", scope="base"`, ""},

		{"any scope", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireAnyScope("a", "b")}, 200, "", "alice"},
		{"no such scope", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireAnyScope("b", "c")}, 403, `Bearer realm="test", error="insufficient_scope", error_description="the access token lacks a scope", scope="b c"`, ""},
		{"all scopes", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireAllScopes("a", "base")}, 200, "", "alice"},
		{"not all scopes", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireAllScopes("a", "b")}, 403, `Bearer realm="test", error="insufficient_scope", error_description="the access token lacks a scope", scope="a b"`, ""},
		{"audience", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireTokenAudience("https://a.example")}, 200, "", "alice"},
		{"other audience", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireTokenAudience("https://b.example")}, 401, invalid, ""},
		{"nothing required", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireAnyScope()}, 500, "", ""},
		{"nothing required of all", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireAllScopes()}, 500, "", ""},
		{"no audience required", "Bearer a", []gin.HandlerFunc{auth, rsgin.RequireTokenAudience()}, 500, "", ""},
		{"scope without authentication", "Bearer a", []gin.HandlerFunc{rsgin.RequireAnyScope("a")}, 500, "", ""},
		{"audience without authentication", "Bearer a", []gin.HandlerFunc{rsgin.RequireTokenAudience("a")}, 500, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rec, recorded := call(c.authorization, c.handlers...)
			if got := rec.Header().Get("WWW-Authenticate"); rec.Code != c.status || got != c.challenge {
				t.Errorf("got %d %q, want %d %q", rec.Code, got, c.status, c.challenge)
			}
			if refused := c.status != 200; refused != (len(recorded) == 1) || refused != (rec.Header().Get("Content-Type") == "application/problem+json") {
				t.Errorf("recorded %v, headers %v", recorded, rec.Header())
			}
			if c.body != "" && rec.Body.String() != c.body {
				t.Errorf("body %q, want %q", rec.Body, c.body)
			}
		})
	}
}

func TestOnError(t *testing.T) {
	t.Parallel()
	var seen *rs.Error
	auth := rsgin.Authenticate(newServer(t), &rsgin.Options{OnError: func(c *gin.Context, e *rs.Error) {
		seen = e
		c.Status(http.StatusTeapot) // and forgets to abort
	}})
	rec, recorded := call("", auth)
	if rec.Code != http.StatusTeapot || rec.Body.Len() != 0 || seen == nil || seen.Kind != rs.ErrMissingToken || len(recorded) != 1 {
		t.Errorf("got %d %q, %+v", rec.Code, rec.Body, seen)
	}
}

// fake is an Authenticator that is no *rs.Server.
type fake struct {
	p   *rs.Principal
	err error
}

func (f fake) AuthenticateRequest(*http.Request) (*rs.Principal, error) { return f.p, f.err }

func TestAnotherAuthenticator(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a      fake
		status int
	}{
		{fake{p: &rs.Principal{Subject: "bob"}}, 200},
		{fake{err: errors.New("any")}, 500},
		{fake{err: rs.ErrUnavailable}, 503},
		{fake{}, 500},
		{fake{p: &rs.Principal{Subject: "bob"}, err: rs.ErrInvalidToken}, 401},
	} {
		rec, _ := call("Bearer a", rsgin.Authenticate(c.a, nil))
		if rec.Code != c.status || c.status == 200 && rec.Body.String() != "bob" {
			t.Errorf("%+v: got %d %s", c.a, rec.Code, rec.Body)
		}
	}
}

// TestAStaleAnswerIsMarked in the header that the configuration names, before the handler answers.
func TestAStaleAnswerIsMarked(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s, err := rs.New(rs.Config{
		Issuer: "https://as.example", IntrospectionEndpoint: "https://as.example/introspect", ClientID: "me", ClientSecret: "secret",
		AcceptedScopes: []string{"base"}, StaleIfError: time.Minute, StaleHeader: "X-Token-Checked", NoRetry: true, Now: func() time.Time { return now },
		HTTPClient: &http.Client{Transport: flaky{&down}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "stale"} {
		rec, _ := call("Bearer a", rsgin.Authenticate(s, nil))
		if got := rec.Header().Get("X-Token-Checked"); rec.Code != http.StatusOK || got != want {
			t.Errorf("got %d, %q, want %q", rec.Code, got, want)
		}
		down.Store(true)
		now = now.Add(31 * time.Second)
	}
}

// flaky is roundTrip while it is not down.
type flaky struct{ down *atomic.Bool }

func (f flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.down.Load() {
		return nil, errors.New("down")
	}
	return roundTrip{}.RoundTrip(r)
}

type user struct{ name string }

func TestResolveUser(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	auth, optional := rsgin.Authenticate(server, nil), rsgin.Authenticate(server, &rsgin.Options{Optional: true})
	found := func(_ context.Context, p *rs.Principal) (*user, error) { return &user{"user " + p.Subject}, nil }
	fails := func(err error) func(context.Context, *rs.Principal) (*user, error) {
		return func(context.Context, *rs.Principal) (*user, error) { return nil, err }
	}
	for _, c := range []struct {
		name, authorization string
		auth                gin.HandlerFunc
		find                func(context.Context, *rs.Principal) (*user, error)
		status              int
		reason              rs.Reason
		user                string
	}{
		{"found", "Bearer a", auth, found, 200, "", "user alice"},
		{"unknown", "Bearer a", auth, fails(rs.ErrUnknownUser), 401, rs.ReasonUnknownUser, ""},
		{"no subject", "Bearer service", auth, found, 401, rs.ReasonUnknownUser, ""},
		{"the client is the subject", "Bearer itself", auth, found, 401, rs.ReasonUnknownUser, ""},
		{"broken", "Bearer a", auth, fails(errors.New("database down")), 500, rs.ReasonUserLookup, ""},
		{"database unavailable, said so", "Bearer a", auth, fails(&rs.Error{Kind: rs.ErrUnavailable, RetryAfter: time.Second}), 503, "", ""},
		{"anonymous", "", optional, found, 200, "", ""},
		{"not authenticated", "Bearer a", func(*gin.Context) {}, found, 500, rs.ReasonNotAuthenticated, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got string
			around := func(ctx *gin.Context) { // sees afterwards what was found, and nothing else
				ctx.Next()
				if _, ok := rsgin.User[*user](ctx); ok != (c.user != "") {
					t.Errorf("a user: %v", ok)
				}
			}
			rec, recorded := call(c.authorization, around, c.auth, rsgin.ResolveUser(c.find), func(ctx *gin.Context) {
				u, ok := rsgin.User[*user](ctx)
				if ok {
					got = u.name
				}
				if _, ok := rsgin.User[string](ctx); ok {
					t.Error("a user of another type")
				}
			})
			if rec.Code != c.status || got != c.user {
				t.Errorf("got %d, user %q, want %d, %q", rec.Code, got, c.status, c.user)
			}
			if c.status == 401 && !strings.Contains(rec.Header().Get("WWW-Authenticate"), `realm="test", error="invalid_token"`) {
				t.Error(rec.Header())
			}
			if c.status == 200 {
				return
			}
			if e := rs.AsError(recorded[0].Err); e.Reason != c.reason || e.Status() == 500 && e.Err == nil {
				t.Errorf("reason %q, caused by %v, want %q", e.Reason, e.Err, c.reason)
			}
		})
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	auth, optional := rsgin.Authenticate(server, nil), rsgin.Authenticate(server, &rsgin.Options{Optional: true})
	says := func(err error) gin.HandlerFunc {
		return rsgin.Policy(func(r *http.Request, p *rs.Principal) error {
			if r.URL.Path != "/" || p.Subject != "alice" {
				t.Errorf("the rule saw %s and %+v", r.URL.Path, p)
			}
			return err
		})
	}
	for _, c := range []struct {
		name, authorization string
		handlers            []gin.HandlerFunc
		status              int
		reason              rs.Reason
	}{
		{"yes", "Bearer a", []gin.HandlerFunc{auth, says(nil)}, 200, ""},
		{"no", "Bearer a", []gin.HandlerFunc{auth, says(fmt.Errorf("not the owner: %w", rs.ErrForbidden))}, 403, rs.ReasonApplication},
		{"no such token here", "Bearer a", []gin.HandlerFunc{auth, says(rs.ErrInvalidToken)}, 401, rs.ReasonApplication},
		{"cannot say", "Bearer a", []gin.HandlerFunc{auth, says(errors.New("database down"))}, 500, rs.ReasonUnexpected},
		{"not authenticated", "Bearer a", []gin.HandlerFunc{says(nil)}, 500, rs.ReasonNotAuthenticated},
		{"anonymous", "", []gin.HandlerFunc{optional, says(nil)}, 401, rs.ReasonNoToken},
	} {
		rec, recorded := call(c.authorization, c.handlers...)
		if rec.Code != c.status || strings.Contains(rec.Body.String(), "owner") {
			t.Errorf("%s: got %d %s, want %d", c.name, rec.Code, rec.Body, c.status)
		}
		if c.status != 200 && rs.AsError(recorded[0].Err).Reason != c.reason {
			t.Errorf("%s: reason %q, want %q", c.name, rs.AsError(recorded[0].Err).Reason, c.reason)
		}
	}
}

func TestThePrincipalIsInTheRequestsContext(t *testing.T) {
	t.Parallel()
	rec, _ := call("Bearer a", rsgin.Authenticate(newServer(t), nil), func(c *gin.Context) {
		if p, ok := rs.FromContext(c.Copy().Request.Context()); !ok || p.ClientID != "docs" || p.Audience != "docs" {
			t.Errorf("got %+v", p)
		}
	})
	if rec.Code != 200 {
		t.Error(rec.Code)
	}
}

func TestGuardsAreCopied(t *testing.T) {
	t.Parallel()
	scopes := []string{"b"}
	guard := rsgin.RequireAnyScope(scopes...)
	scopes[0] = "a"
	if rec, _ := call("Bearer a", rsgin.Authenticate(newServer(t), nil), guard); rec.Code != 403 {
		t.Errorf("changing the list afterwards had an effect: %d", rec.Code)
	}
}

// TestAPanicInAHandlerIsItsOwn: what happens after authentication leaves no trace in it.
func TestAPanicInAHandlerIsItsOwn(t *testing.T) {
	t.Parallel()
	auth := rsgin.Authenticate(newServer(t), nil)
	for range 3 {
		rec, _ := call("Bearer a", gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }),
			auth, func(*gin.Context) { panic("handler") })
		if rec.Code != http.StatusInternalServerError {
			t.Errorf("a panic: got %d", rec.Code)
		}
		if rec, _ := call("Bearer a", auth); rec.Code != http.StatusOK || rec.Body.String() != "alice" {
			t.Errorf("the next request: got %d %s", rec.Code, rec.Body)
		}
	}
}
