package rstest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// written is the response that rs makes of an error.
func written(err error) *http.Response {
	recorder := httptest.NewRecorder()
	rs.WriteError(recorder, err)
	return recorder.Result()
}

func TestCheckRefusalAcceptsWhatTheServerWrites(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  *rs.Error
		want rstest.Refusal
	}{
		{&rs.Error{Kind: rs.ErrMissingToken}, rstest.Refusal{Status: 401}},
		{&rs.Error{Kind: rs.ErrMissingToken, Realm: `a "realm\`, Scope: "a b"}, rstest.Refusal{Status: 401, Realm: `a "realm\`, Scope: "a b"}},
		{&rs.Error{Kind: rs.ErrInvalidRequest, Description: "odd"}, rstest.Refusal{Status: 400, Error: "invalid_request", Description: "odd"}},
		{&rs.Error{Kind: rs.ErrInvalidToken, Realm: "r"}, rstest.Refusal{Status: 401, Error: "invalid_token", Realm: "r"}},
		{&rs.Error{Kind: rs.ErrInsufficientScope, Scope: "a b"}, rstest.Refusal{Status: 403, Error: "insufficient_scope", Scope: "a b"}},
		{&rs.Error{Kind: rs.ErrUnavailable, RetryAfter: 7 * time.Second}, rstest.Refusal{Status: 503, RetryAfter: "7"}},
		{&rs.Error{Kind: rs.ErrInternal}, rstest.Refusal{Status: 500}},
		{&rs.Error{Kind: rs.ErrTooManyFailures, RetryAfter: time.Minute}, rstest.Refusal{Status: 429, RetryAfter: "60"}},
		{&rs.Error{Kind: rs.ErrForbidden}, rstest.Refusal{Status: 403}},
	} {
		tb := &fakeTB{}
		if got := rstest.CheckRefusal(tb, written(tt.err), tt.err.Kind); got != tt.want {
			t.Errorf("%v: got %+v, want %+v", tt.err, got, tt.want)
		}
		if len(tb.failures) > 0 {
			t.Errorf("%v: %q", tt.err, tb.failures)
		}
	}
}

func TestCheckRefusalFindsMistakes(t *testing.T) {
	t.Parallel()
	setHeader := func(name string, values ...string) func(*http.Response) {
		return func(r *http.Response) { r.Header[http.CanonicalHeaderKey(name)] = values }
	}
	challenge := func(value string) func(*http.Response) { return setHeader("WWW-Authenticate", value) }
	body := func(text string) func(*http.Response) {
		return func(r *http.Response) { r.Body = io.NopCloser(strings.NewReader(text)) }
	}
	for name, tt := range map[string]struct {
		kind   rs.Kind
		spoil  func(*http.Response)
		expect string // part of one of the failures
	}{
		"status":               {rs.ErrInvalidToken, func(r *http.Response) { r.StatusCode = 400 }, "status 400, want 401"},
		"media type":           {rs.ErrInvalidToken, setHeader("Content-Type", "text/html"), "Content-Type"},
		"cacheable":            {rs.ErrInvalidToken, setHeader("Cache-Control"), "Cache-Control"},
		"retry on 401":         {rs.ErrInvalidToken, setHeader("Retry-After", "1"), "Retry-After"},
		"no retry on 503":      {rs.ErrUnavailable, setHeader("Retry-After"), "Retry-After"},
		"challenge on 503":     {rs.ErrUnavailable, challenge("Bearer"), "want none"},
		"no retry on 429":      {rs.ErrTooManyFailures, setHeader("Retry-After"), "Retry-After"},
		"challenge on 429":     {rs.ErrTooManyFailures, challenge("Bearer"), "want none"},
		"challenge on a rule":  {rs.ErrForbidden, challenge(`Bearer error="insufficient_scope", scope="x"`), "want none"},
		"challenge on 500":     {rs.ErrInternal, challenge("Bearer"), "want none"},
		"no challenge":         {rs.ErrInvalidToken, setHeader("WWW-Authenticate"), "want one line"},
		"two challenges":       {rs.ErrInvalidToken, setHeader("WWW-Authenticate", "Bearer", "Basic"), "want one line"},
		"other scheme":         {rs.ErrInvalidToken, challenge(`Basic realm="x"`), "not a Bearer challenge"},
		"glued scheme":         {rs.ErrInvalidToken, challenge(`Bearerrealm="x"`), "no space"},
		"token value":          {rs.ErrInvalidToken, challenge(`Bearer error=invalid_token`), "not a list"},
		"no name":              {rs.ErrInvalidToken, challenge(`Bearer ="x"`), "not a list"},
		"parameter twice":      {rs.ErrInvalidToken, challenge(`Bearer error="invalid_token", error="invalid_token"`), "twice"},
		"no comma":             {rs.ErrInvalidToken, challenge(`Bearer error="invalid_token" realm="x"`), "comma"},
		"open quote":           {rs.ErrInvalidToken, challenge(`Bearer error="invalid_token`), "without end"},
		"control character":    {rs.ErrInvalidToken, challenge("Bearer realm=\"\x01\""), "printable"},
		"error when missing":   {rs.ErrMissingToken, challenge(`Bearer error="invalid_token"`), `want "" (empty: none)`},
		"empty error":          {rs.ErrMissingToken, challenge(`Bearer error=""`), "want"},
		"wrong error":          {rs.ErrInsufficientScope, challenge(`Bearer error="invalid_token", scope="x"`), `want "insufficient_scope"`},
		"no scope":             {rs.ErrInsufficientScope, challenge(`Bearer error="insufficient_scope"`), "no scope"},
		"body is text":         {rs.ErrInvalidToken, body("nope"), "no JSON object"},
		"body says more":       {rs.ErrInvalidToken, body(`{"status":401,"title":"Unauthorized","error":"invalid_token","detail":"x"}`), `member "detail"`},
		"body says less":       {rs.ErrInvalidToken, body(`{"status":401,"title":"Unauthorized"}`), `member "error" of the body is missing`},
		"body says other":      {rs.ErrInvalidToken, body(`{"status":400,"title":"Unauthorized","error":"invalid_token"}`), `member "status"`},
		"body cannot be read":  {rs.ErrInvalidToken, func(r *http.Response) { r.Body = io.NopCloser(brokenReader{}) }, "reading the body"},
		"another kind (scope)": {rs.ErrInsufficientScope, func(r *http.Response) { r.StatusCode = 401 }, "want 403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := written(&rs.Error{Kind: tt.kind, Scope: "x"})
			tt.spoil(resp)
			tb := &fakeTB{}
			rstest.CheckRefusal(tb, resp, tt.kind)
			if !slices.ContainsFunc(tb.failures, func(f string) bool { return strings.Contains(f, tt.expect) }) {
				t.Errorf("failures %q, want one with %q", tb.failures, tt.expect)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// FuzzCheckRefusal: no challenge and no body makes the check panic, or pass for a kind that they do not fit.
func FuzzCheckRefusal(f *testing.F) {
	for _, challenge := range []string{`Bearer`, `Bearer error="invalid_token"`, `Bearer realm="a\"b", error="x"`, `Bearer a="`, `Bearer ="", =""`, `Basic`} {
		f.Add(challenge, `{"status":401,"title":"Unauthorized","error":"invalid_token"}`)
	}
	f.Fuzz(func(t *testing.T, challenge, body string) {
		check := func(kind rs.Kind) (passed bool) {
			tb, resp := &fakeTB{}, written(&rs.Error{Kind: rs.ErrInvalidToken})
			resp.Header["Www-Authenticate"], resp.Body = []string{challenge}, io.NopCloser(strings.NewReader(body))
			rstest.CheckRefusal(tb, resp, kind)
			return len(tb.failures) == 0
		}
		if check(rs.ErrInvalidToken) && !strings.Contains(challenge, `error="invalid_token"`) && !strings.Contains(challenge, `\`) {
			t.Errorf("%q passes for invalid_token", challenge)
		}
		if check(rs.ErrUnavailable) || check(rs.ErrInsufficientScope) || check(rs.ErrMissingToken) && strings.HasPrefix(challenge, "Bearer error=") {
			t.Errorf("%q passes for another kind", challenge)
		}
	})
}
