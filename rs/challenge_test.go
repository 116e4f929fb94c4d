package rs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestWriteError(t *testing.T) {
	t.Parallel()
	const hidden = "the-hidden-cause"
	for _, c := range []struct {
		name                   string
		err                    error
		status                 int
		challenge, retry, body string
	}{
		{"no token", &rs.Error{Kind: rs.ErrMissingToken}, 401, `Bearer realm=""`, "", `{"status":401,"title":"Unauthorized"}`},
		{
			"no token, all said", &rs.Error{Kind: rs.ErrMissingToken, Realm: "docs", Scope: "groups documents"},
			401, `Bearer realm="docs", scope="groups documents"`, "", `{"status":401,"title":"Unauthorized"}`,
		},
		{
			"request", &rs.Error{Kind: rs.ErrInvalidRequest, Description: "malformed", Scope: "groups"},
			400, `Bearer error="invalid_request", error_description="malformed"`, "",
			`{"status":400,"title":"Bad Request","error":"invalid_request","error_description":"malformed"}`,
		},
		{
			"token", &rs.Error{Kind: rs.ErrInvalidToken, Realm: `a"b\c`, Err: errors.New(hidden)},
			401, `Bearer realm="a\"b\\c", error="invalid_token"`, "", `{"status":401,"title":"Unauthorized","error":"invalid_token"}`,
		},
		{
			"scope", &rs.Error{Kind: rs.ErrInsufficientScope, Scope: "groups"},
			403, `Bearer error="insufficient_scope", scope="groups"`, "", `{"status":403,"title":"Forbidden","error":"insufficient_scope"}`,
		},
		{"outage", &rs.Error{Kind: rs.ErrUnavailable, Realm: "docs", Err: errors.New(hidden)}, 503, "", "5", `{"status":503,"title":"Service Unavailable"}`},
		{"outage with a time", &rs.Error{Kind: rs.ErrUnavailable, RetryAfter: 1100 * time.Millisecond}, 503, "", "2", `{"status":503,"title":"Service Unavailable"}`},
		{"outage with exactly a second", &rs.Error{Kind: rs.ErrUnavailable, RetryAfter: time.Second}, 503, "", "1", `{"status":503,"title":"Service Unavailable"}`},
		{"outage with hardly more", &rs.Error{Kind: rs.ErrUnavailable, RetryAfter: time.Second + 1}, 503, "", "2", `{"status":503,"title":"Service Unavailable"}`},
		{"outage with next to nothing", &rs.Error{Kind: rs.ErrUnavailable, RetryAfter: 1}, 503, "", "1", `{"status":503,"title":"Service Unavailable"}`},
		{"outage with a time before", &rs.Error{Kind: rs.ErrUnavailable, RetryAfter: -time.Hour}, 503, "", "5", `{"status":503,"title":"Service Unavailable"}`},
		{"outage with a minute", &rs.Error{Kind: rs.ErrUnavailable, RetryAfter: time.Minute}, 503, "", "60", `{"status":503,"title":"Service Unavailable"}`},
		{"too many failures", &rs.Error{Kind: rs.ErrTooManyFailures, RetryAfter: 3 * time.Second}, 429, "", "3", `{"status":429,"title":"Too Many Requests"}`},
		{"forbidden by the application", fmt.Errorf("%s: %w", hidden, rs.ErrForbidden), 403, "", "", `{"status":403,"title":"Forbidden"}`},
		{"ours", &rs.Error{Kind: rs.ErrInternal, Err: errors.New(hidden)}, 500, "", "", `{"status":500,"title":"Internal Server Error"}`},
		{"zero", &rs.Error{}, 500, "", "", `{"status":500,"title":"Internal Server Error"}`},
		{"unknown kind", &rs.Error{Kind: 99}, 500, "", "", `{"status":500,"title":"Internal Server Error"}`},
		{"any other error", errors.New(hidden), 500, "", "", `{"status":500,"title":"Internal Server Error"}`},
		{"no error at all", nil, 500, "", "", `{"status":500,"title":"Internal Server Error"}`},
		{"wrapped", fmt.Errorf("%s: %w", hidden, &rs.Error{Kind: rs.ErrUnavailable}), 503, "", "5", `{"status":503,"title":"Service Unavailable"}`},
		{"a kind alone", fmt.Errorf("%s: %w", hidden, rs.ErrInvalidToken), 401, `Bearer error="invalid_token"`, "", `{"status":401,"title":"Unauthorized","error":"invalid_token"}`},
		{"unknown user", fmt.Errorf("%s: %w", hidden, rs.ErrUnknownUser), 401, `Bearer error="invalid_token", error_description="the access token is not valid here"`, "", `{"status":401,"title":"Unauthorized","error":"invalid_token","error_description":"the access token is not valid here"}`},
		{
			"what the attributes of RFC 6750 cannot hold", &rs.Error{Kind: rs.ErrInsufficientScope, Description: `not "pilot" \o/`, Scope: `a"b  c \d é`},
			403, `Bearer error="insufficient_scope", error_description="not 'pilot' o/", scope="c"`, "",
			`{"status":403,"title":"Forbidden","error":"insufficient_scope","error_description":"not \"pilot\" \\o/"}`,
		},
		{
			"no scope is left of it", &rs.Error{Kind: rs.ErrMissingToken, Scope: `"`},
			401, `Bearer realm=""`, "", `{"status":401,"title":"Unauthorized"}`,
		},
		{"header injection", &rs.Error{Kind: rs.ErrMissingToken, Realm: "a\r\nX: y\x00é\x7f\x1f"}, 401, `Bearer realm="aX: y"`, "", `{"status":401,"title":"Unauthorized"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			rec.Header().Set("Content-Length", "1000") // of what a handler wanted to say
			rs.WriteError(rec, c.err)
			resp := rec.Result()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || resp.Header.Get("WWW-Authenticate") != c.challenge || resp.Header.Get("Retry-After") != c.retry {
				t.Errorf("got %d %q %q, want %d %q %q", resp.StatusCode, resp.Header.Get("WWW-Authenticate"), resp.Header.Get("Retry-After"), c.status, c.challenge, c.retry)
			}
			if string(body) != c.body+"\n" || !json.Valid(body) {
				t.Errorf("body %s, want %s", body, c.body)
			}
			want := http.Header{"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}
			if c.challenge != "" {
				want.Set("WWW-Authenticate", c.challenge)
			}
			if c.retry != "" {
				want.Set("Retry-After", c.retry)
			}
			if !reflect.DeepEqual(resp.Header, want) {
				t.Errorf("headers %v, want %v and no other", resp.Header, want)
			}
			if strings.Contains(fmt.Sprint(resp.Header)+string(body), hidden) {
				t.Error("the cause reached the client")
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout, Err: cause}
	if got := e.Error(); got != "rs: authorization server unavailable (introspection_timeout): cause" {
		t.Error(got)
	}
	if !errors.Is(e, rs.ErrUnavailable) || !errors.Is(e, cause) || errors.Is(e, rs.ErrInvalidToken) {
		t.Error("errors.Is does not see kind and cause")
	}
	if got := (&rs.Error{Kind: 77}).Error(); got != "rs: internal error" {
		t.Error(got)
	}
	if got := (&rs.Error{Kind: rs.ErrInvalidToken}).Unwrap(); len(got) != 1 || got[0] != rs.ErrInvalidToken { //nolint:errorlint // the list itself
		t.Errorf("without a cause: %v", got)
	}
	for kind := range rs.Kind(255) { // also those that nobody has made
		if text := kind.String(); text == "" || (&rs.Error{Kind: kind}).Status() < 400 {
			t.Errorf("kind %d: %q", kind, text)
		}
	}
	if rs.AsError(nil) != nil {
		t.Error("no error became one")
	}
	if got := rs.AsError(cause); got.Kind != rs.ErrInternal || got.Reason != rs.ReasonUnexpected {
		t.Error(got)
	}
}
