package rstest

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Refusal is what a client is told: the challenge (RFC 6750 section 3) and the problem document (RFC 9457) of a response.
type Refusal struct {
	Status      int
	Realm       string // protection space of the challenge; may be empty
	Scope       string // what a token needs here, or what would have sufficed
	Error       string // error code; empty if the refusal has none
	Description string // for the client, of challenge and body; may be empty
	RetryAfter  string // the header as it was sent: seconds; empty if there is none
}

// CheckRefusal checks that resp refuses a request as an error of this kind does: status, challenge, headers and body, and that
// challenge and body agree. It returns what they say, for checks of realm and scope. It reads and closes the body. The
// response of an httptest.ResponseRecorder is its Result.
func CheckRefusal(t testing.TB, resp *http.Response, kind rs.Kind) Refusal {
	t.Helper()
	defer resp.Body.Close()
	want := &rs.Error{Kind: kind}
	got := Refusal{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After")}
	if got.Status != want.Status() {
		t.Errorf("status %d, want %d (%v)", got.Status, want.Status(), kind)
	}
	for name, value := range map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"} {
		if h := resp.Header.Get(name); h != value {
			t.Errorf("%s: %q, want %q", name, h, value)
		}
	}
	if (got.RetryAfter != "") != (kind == rs.ErrUnavailable || kind == rs.ErrTooManyFailures) {
		t.Errorf("Retry-After: %q, which belongs to 503 and 429 and to nothing else", got.RetryAfter)
	}
	checkChallenge(t, resp, kind, &got)
	checkProblem(t, resp, &got)
	return got
}

// checkChallenge: a refusal that is about the token or how it was sent has exactly one Bearer challenge, with the code
// of the kind; 503, 500, 429 and a 403 that no other token would change have none, or clients would throw good tokens
// away.
func checkChallenge(t testing.TB, resp *http.Response, kind rs.Kind, got *Refusal) {
	t.Helper()
	lines := resp.Header.Values("WWW-Authenticate")
	if (&rs.Error{Kind: kind}).Challenge() == "" {
		if len(lines) > 0 {
			t.Errorf("WWW-Authenticate: %q, want none: the refusal says nothing about the token", lines)
		}
		return
	}
	if len(lines) != 1 {
		t.Errorf("WWW-Authenticate: %q, want one line", lines)
		return
	}
	params, err := parseChallenge(lines[0])
	if err != nil {
		t.Errorf("WWW-Authenticate: %q: %v", lines[0], err)
		return
	}
	got.Realm, got.Scope, got.Error, got.Description = params["realm"], params["scope"], params["error"], params["error_description"]
	_, hasError := params["error"]
	if code := (&rs.Error{Kind: kind}).Code(); got.Error != code || hasError != (code != "") {
		t.Errorf("error %q in the challenge %q, want %q (empty: none)", got.Error, lines[0], code)
	}
	if kind == rs.ErrInsufficientScope && got.Scope == "" {
		t.Errorf("no scope in the challenge %q: it should name what would have sufficed", lines[0])
	}
}

// checkProblem: the body repeats the challenge and says nothing more.
func checkProblem(t testing.TB, resp *http.Response, got *Refusal) {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("reading the body: %v", err)
		return
	}
	var problem map[string]any
	if err := json.Unmarshal(body, &problem); err != nil {
		t.Errorf("the body is no JSON object: %v", err)
		return
	}
	want := map[string]any{"status": float64(got.Status), "title": http.StatusText(got.Status)}
	if got.Error != "" {
		want["error"] = got.Error
	}
	if got.Description != "" {
		want["error_description"] = got.Description
	}
	for name, value := range problem {
		if want[name] != value {
			t.Errorf("member %q of the body is %v, want %v", name, value, want[name])
		}
	}
	for name := range want {
		if _, found := problem[name]; !found {
			t.Errorf("member %q of the body is missing", name)
		}
	}
}
