package rs

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Challenge is the value of WWW-Authenticate for this error (RFC 6750 section 3), or "" where none belongs: a 503 or 500
// says nothing about the token, and a challenge would make clients throw good tokens away.
func (e *Error) Challenge() string {
	switch e.Kind.known() {
	case ErrInternal, ErrUnavailable, ErrTooManyFailures, ErrForbidden:
		return ""
	}
	var params []string
	for _, p := range [...]struct{ name, value string }{
		{"realm", e.Realm}, {"error", e.Code()}, {"error_description", withoutQuotes.Replace(e.Description)}, {"scope", e.challengeScope()},
	} {
		if p.value != "" {
			params = append(params, p.name+"="+quote(p.value))
		}
	}
	if len(params) == 0 {
		return `Bearer realm=""` // RFC 6750 section 3 wants one attribute at least
	}
	return "Bearer " + strings.Join(params, ", ")
}

// challengeScope: the scope attribute belongs to a token that is missing or too weak; with any other error it would
// suggest a remedy that does not help.
func (e *Error) challengeScope() string {
	if e.Kind == ErrMissingToken || e.Kind == ErrInsufficientScope {
		notSent := func(scope string) bool { return !isScopeToken(scope) } // a scope with another character could be no token's
		return strings.Join(slices.DeleteFunc(splitScopes(e.Scope), notSent), " ")
	}
	return ""
}

// withoutQuotes: an error_description has neither of the two characters that a quoted-string would escape (RFC 6750 section 3).
var withoutQuotes = strings.NewReplacer(`"`, "'", `\`, "")

// quote makes a quoted-string (RFC 9110 section 5.6.4) out of what a configuration may hold. Whatever could end the
// string, the header line or the printable ASCII range is escaped or dropped.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		if c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		if c >= 0x20 && c < 0x7f {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// problem is the body of every refusal (RFC 9457). It repeats the challenge and says nothing more.
type problem struct {
	Status           int    `json:"status"`
	Title            string `json:"title"`
	Error            string `json:"error,omitempty"`
	ErrorDescription string `json:"error_description,omitempty"`
}

// WriteError answers a request with err: status, challenge and a problem document. It is the only renderer of refusals
// and never writes err.Error(), so that no token, claim or text of the authorization server can reach a client. An error
// that is no *Error is a 500.
func WriteError(w http.ResponseWriter, err error) {
	e := AsError(err)
	if e == nil {
		e = &Error{Reason: ReasonUnexpected}
	}
	h := w.Header()
	if c := e.Challenge(); c != "" {
		h.Set("WWW-Authenticate", c)
	}
	if e.Kind == ErrUnavailable || e.Kind == ErrTooManyFailures {
		h.Set("Retry-After", retryAfter(e.RetryAfter))
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Length")
	w.WriteHeader(e.Status())
	body, _ := json.Marshal(problem{e.Status(), http.StatusText(e.Status()), e.Code(), e.Description}) // cannot fail: plain strings
	_, _ = w.Write(append(body, '\n'))                                                                 // the client may be gone
}

// retryAfter is delay-seconds (RFC 9110 section 10.2.3), rounded up so that nobody comes back too early.
func retryAfter(d time.Duration) string {
	if d <= 0 {
		d = defaultRetryAfter
	}
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
