package mint_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

var now = time.Unix(1_800_000_000, 0)

func newAS(t *testing.T) *devas.Server {
	t.Helper()
	as, err := devas.New(devas.Config{
		Issuer: "http://127.0.0.1:9000", Clients: []devas.Client{{ID: "rs", Secret: "secret"}},
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return as
}

// introspect is what the authorization server says about a token.
func introspect(t *testing.T, as *devas.Server, token string) map[string]any {
	t.Helper()
	form := url.Values{"client_id": {"rs"}, "client_secret": {"secret"}, "token": {token}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/introspect", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	as.ServeHTTP(w, r)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return answer
}

func TestIssue(t *testing.T) {
	t.Parallel()
	base := map[string]any{
		"active": true, "iss": "http://127.0.0.1:9000", "token_type": "Bearer", "iat": 1.8e9,
		"sub": "alice", "client_id": "service-provider", "scope": "openid", "exp": 1.8e9 + 3600,
	}
	for _, tt := range []struct {
		form    string
		want    map[string]any // over base; nil: absent
		expires int64
		scope   string
	}{
		{"", nil, 3600, "openid"},
		{"sub=bob&scope=a+b&client_id=visio&expires_in=60", map[string]any{"sub": "bob", "scope": "a b", "client_id": "visio", "exp": 1.8e9 + 60}, 60, "a b"},
		{"sub=&scope=&client_id=", map[string]any{"sub": nil, "scope": nil, "client_id": nil}, 3600, ""},
		{"username=Bob&aud=us", map[string]any{"username": "Bob", "aud": "us"}, 3600, "openid"},
		{"aud=us&aud=them", map[string]any{"aud": []any{"us", "them"}}, 3600, "openid"},
	} {
		t.Run(tt.form, func(t *testing.T) {
			t.Parallel()
			as := newAS(t)
			form, err := url.ParseQuery(tt.form)
			if err != nil {
				t.Fatal(err)
			}
			token, err := mint.Issue(as, form, now)
			if err != nil {
				t.Fatal(err)
			}
			if token.TokenType != "Bearer" || token.ExpiresIn != tt.expires || token.Scope != tt.scope {
				t.Errorf("the token is %+v", token)
			}
			want := maps.Clone(base)
			maps.Copy(want, tt.want)
			maps.DeleteFunc(want, func(_ string, v any) bool { return v == nil })
			got := introspect(t, as, token.AccessToken)
			wantText, _ := json.Marshal(want)
			gotText, _ := json.Marshal(got)
			if string(gotText) != string(wantText) {
				t.Errorf("the introspection response is\n%s, want\n%s", gotText, wantText)
			}
		})
	}
}

// TestIssueForms: a JWT says for whom it is, whether that was asked for or not.
func TestIssueForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		form string
		dots int
		aud  any // as introspected
	}{
		{"form=opaque", 0, nil},
		{"form=", 0, nil},
		{"form=jwt", 2, "resource-server"},
		{"form=jwt&aud=us", 2, "us"},
		{"form=jwt&aud=us&aud=them", 2, []any{"us", "them"}},
		{"form=jwt&aud=", 2, nil},
	} {
		as := newAS(t)
		form, err := url.ParseQuery(tt.form)
		if err != nil {
			t.Fatal(err)
		}
		token, err := mint.Issue(as, form, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(token.AccessToken, "."); got != tt.dots {
			t.Errorf("%s: %d dots, want %d", tt.form, got, tt.dots)
		}
		if got := introspect(t, as, token.AccessToken); got["active"] != true || !reflect.DeepEqual(got["aud"], tt.aud) {
			t.Errorf("%s: the introspection response is %v, want aud %v", tt.form, got, tt.aud)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	for form, want := range map[string]string{
		"subject=alice":         `there is no parameter "subject": use some of sub, scope, client_id, username, aud, expires_in, form`,
		"form=saml":             "form must be opaque or jwt",
		"sub=alice&sub=bob":     "the parameter sub is repeated",
		"expires_in=":           "expires_in must be a number of seconds, from 1 to one year",
		"expires_in=0":          "expires_in must be a number of seconds, from 1 to one year",
		"expires_in=1h":         "expires_in must be a number of seconds, from 1 to one year",
		"expires_in=9999999999": "expires_in must be a number of seconds, from 1 to one year",
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mint.Issue(as, values, now); err == nil || err.Error() != want {
			t.Errorf("Issue(%s): %v, want %s", form, err, want)
		}
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	h := mint.Handler(as, func() time.Time { return now })
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		body   string
		status int
	}{
		{"good", nil, "sub=bob", 200},
		{"by name", func(r *http.Request) { r.Host = "localhost:9000" }, "", 200},
		{"IPv6", func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:9000", "[::1]:1" }, "", 200},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, "", 405},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, "", 403},
		{"a foreign name for this machine", func(r *http.Request) { r.Host = "evil.example:9000" }, "", 403},
		{"no address", func(r *http.Request) { r.RemoteAddr = "" }, "", 403},
		{"a web page", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, "", 403},
		{"a wrong form", nil, "subject=bob", 400},
		{"a broken form", nil, "%zz", 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, mint.Path, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Host, r.RemoteAddr = "127.0.0.1:9000", "127.0.0.1:1"
			if tt.change != nil {
				tt.change(r)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			var token mint.Token
			if tt.status == 200 {
				if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil || introspect(t, as, token.AccessToken)["active"] != true {
					t.Errorf("no good token: %v, %s", err, w.Body)
				}
			}
		})
	}
}
