package service_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// verdict is an rsgin.Authenticator that always says the same.
type verdict struct {
	principal *rs.Principal
	err       error
	panics    any
}

func (v verdict) AuthenticateRequest(*http.Request) (*rs.Principal, error) {
	if v.panics != nil {
		panic(v.panics)
	}
	return v.principal, v.err
}

// answer sends one request through the routes.
func answer(t *testing.T, o service.Options, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	if o.Log == nil {
		o.Log = logger(io.Discard)
	}
	routes, err := service.Router(o)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	r.Header.Set("Authorization", "Bearer private-token")
	routes.ServeHTTP(w, r)
	return w
}

func logger(w io.Writer) *logrus.Logger {
	l := logrus.New()
	l.SetOutput(w)
	l.SetLevel(logrus.TraceLevel)
	return l
}

func TestForwardAuthScopes(t *testing.T) {
	t.Parallel()
	p := &rs.Principal{Subject: "alice", Scopes: []string{"a", "b", "x:y/z"}}
	for _, tt := range []struct {
		query  string
		status int
		scope  string // of the challenge
	}{
		{"", 200, ""},
		{"?other=1", 200, ""},
		{"?scope=a", 200, ""},
		{"?scope=a+b", 200, ""},
		{"?scope=a%20b", 200, ""},
		{"?scope=a&scope=b", 200, ""},
		{"?scope=x:y/z", 200, ""},
		{"?scope=c", 403, "c"},
		{"?scope=a+c", 403, "a c"},
		{"?scope=a&scope=c", 403, "a c"},
		{"?scope=A", 403, "A"},
		{"?scope=a%2Bb", 403, "a+b"},
		{"?scope=", 400, ""},
		{"?scope", 400, ""},
		{"?scope=a&scope=", 400, ""},
		{"?scope=%zz", 400, ""},
		{"?scope=a;scope=c", 400, ""},
		{"?scope=%22", 400, ""},
		{"?scope=a%0D%0AX-Evil:1", 400, ""},
		{"?scope=a%09b", 400, ""},
		{"?scope=%C3%A9", 400, ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			got := answer(t, service.Options{Server: verdict{principal: p}, Realm: "test"}, http.MethodGet, "/auth"+tt.query)
			if got.Code != tt.status {
				t.Errorf("status %d, want %d: %s", got.Code, tt.status, got.Body)
			}
			want := map[int]string{
				200: "",
				400: `Bearer realm="test", error="invalid_request", error_description="the scope parameter cannot be read"`,
				403: `Bearer error="insufficient_scope", error_description="the access token lacks a scope", scope="` + tt.scope + `"`,
			}[tt.status]
			if challenge := got.Header().Get("WWW-Authenticate"); challenge != want {
				t.Errorf("WWW-Authenticate is %q, want %q", challenge, want)
			}
			if subject := got.Header().Get("X-Auth-Subject"); (subject != "") != (tt.status == 200) {
				t.Errorf("X-Auth-Subject is %q with status %d", subject, got.Code)
			}
		})
	}
}

func TestForwardAuthHeaders(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		principal rs.Principal
		want      [4]string // subject, client id, audience, scope
	}{
		{
			"plain", rs.Principal{Subject: "alice", ClientID: "visio", Audience: "drive", Scopes: []string{"a", "b:c"}},
			[4]string{"alice", "visio", "drive", "a b:c"},
		},
		{"nothing", rs.Principal{}, [4]string{}},
		{
			"control characters", rs.Principal{Subject: "a\r\nX-Evil: 1", ClientID: "a\x00b", Audience: "a\x7f", Scopes: []string{"a\tb"}},
			[4]string{"a%0D%0AX-Evil:%201", "a%00b", "a%7F", "a%09b"},
		},
		{
			"not ASCII, not UTF-8", rs.Principal{Subject: "é", ClientID: "\xff", Audience: "€"},
			[4]string{"%C3%A9", "%FF", "%E2%82%AC", ""},
		},
		{
			"what looks encoded stays different from what is", rs.Principal{Subject: "%C3%A9", ClientID: " a", Audience: "a "},
			[4]string{"%25C3%25A9", "%20a", "a%20", ""},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := answer(t, service.Options{Server: verdict{principal: &tt.principal}}, http.MethodGet, "/auth").Header()
			for i, name := range []string{"X-Auth-Subject", "X-Auth-Client-Id", "X-Auth-Audience", "X-Auth-Scope"} {
				if values := h.Values(name); len(values) != 1 || values[0] != tt.want[i] {
					t.Errorf("%s is %q, want %q", name, values, tt.want[i])
				}
			}
		})
	}
}

func TestForwardAuthTakesEveryMethod(t *testing.T) {
	t.Parallel()
	good := service.Options{Server: verdict{principal: &rs.Principal{Subject: "alice", Scopes: []string{"a"}}}}
	bad := service.Options{Server: verdict{err: &rs.Error{Kind: rs.ErrInvalidToken}}}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "REPORT", "X"} {
		if got := answer(t, good, method, "/auth?scope=a"); got.Code != 200 || got.Header().Get("X-Auth-Subject") != "alice" || got.Header().Get("Allow") != "" {
			t.Errorf("%s, good token: status %d, header %v", method, got.Code, got.Header())
		}
		if got := answer(t, good, method, "/auth?scope=b"); got.Code != 403 {
			t.Errorf("%s, too weak: status %d, want 403", method, got.Code)
		}
		if got := answer(t, bad, method, "/auth"); got.Code != 401 || got.Header().Get("X-Auth-Subject") != "" {
			t.Errorf("%s, bad token: status %d, want 401", method, got.Code)
		}
	}
}

func TestWhoamiLeavesOutWhatIsAbsent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		principal rs.Principal
		want      string
	}{
		{"little", rs.Principal{Audience: "visio"}, `{"audience":"visio","scope":[],"claims":{"active":true}}`},
		{
			"all", rs.Principal{Subject: "<a&b>", ClientID: "visio", Audience: "visio", Scopes: []string{"a"}, Expiry: time.Unix(4102444800, 0)},
			`{"sub":"<a&b>","client_id":"visio","audience":"visio","scope":["a"],"exp":4102444800,` +
				`"claims":{"active":true,"client_id":"visio","exp":4102444800,"scope":"a","sub":"<a&b>"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := answer(t, service.Options{Server: verdict{principal: &tt.principal}}, http.MethodGet, "/api/whoami")
			if got.Code != 200 || got.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, Cache-Control %q", got.Code, got.Header().Get("Cache-Control"))
			}
			// A Principal made by hand has its members in no order.
			for _, part := range strings.FieldsFunc(tt.want, func(r rune) bool { return strings.ContainsRune("{},", r) }) {
				if !strings.Contains(got.Body.String(), part) {
					t.Errorf("the body is %s, without %s", got.Body, part)
				}
			}
			if len(strings.TrimSpace(got.Body.String())) != len(tt.want) {
				t.Errorf("the body is %s, want %s", got.Body, tt.want)
			}
		})
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		check func() error
		want  int
	}{
		{"no check", nil, 200},
		{"ready", func() error { return nil }, 200},
		{"not ready", func() error { return errors.New("private cause") }, 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := answer(t, service.Options{Server: verdict{}, Ready: tt.check}, http.MethodGet, "/readyz")
			if got.Code != tt.want || strings.Contains(got.Body.String(), "private") {
				t.Errorf("status %d, want %d; body %s", got.Code, tt.want, got.Body)
			}
		})
	}
}

func TestPanicIsNotTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := service.Options{Server: verdict{panics: "private-value"}, Log: logger(&log)}
	got := answer(t, o, http.MethodGet, "/api/whoami?private=query")
	if got.Code != 500 || got.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d, Content-Type %q", got.Code, got.Header().Get("Content-Type"))
	}
	if text := log.String() + got.Body.String(); strings.Contains(text, "private") {
		t.Errorf("told: %s", text)
	}
	if !strings.Contains(log.String(), "type string") || !strings.Contains(log.String(), "route=/api/whoami") {
		t.Errorf("the log does not help to find the bug: %s", &log)
	}
}
