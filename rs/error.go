package rs

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kind says what a refusal means to the client. Each Kind is itself an error, so
// errors.Is(err, rs.ErrInvalidToken) asks for one. The zero Kind is [ErrInternal]: a mistake fails closed.
type Kind uint8

// The kinds. [Error.Status] and [Error.Code] tell what each one becomes on the wire.
const (
	// ErrInternal: we, or our registration at the authorization server, are broken. 500, an alarm for operators.
	ErrInternal Kind = iota
	// ErrMissingToken: the request carries no bearer token. 401 with a challenge that names no error (RFC 6750 section 3.1).
	ErrMissingToken
	// ErrInvalidRequest: the token was sent in a way that no server should guess about. 400 invalid_request.
	ErrInvalidRequest
	// ErrInvalidToken: the token is not, or no longer, good here. 401 invalid_token.
	ErrInvalidToken
	// ErrInsufficientScope: the token is good, but not for this. 403 insufficient_scope.
	ErrInsufficientScope
	// ErrUnavailable: the authorization server gave no usable answer, which says nothing about the token. 503.
	ErrUnavailable
	// ErrTooManyFailures: this client failed too often and has to wait. 429 (RFC 6585 section 4).
	ErrTooManyFailures
	// ErrForbidden: the token is good and has the scopes, but a rule of the application says no. 403 without a challenge:
	// no other token would help.
	ErrForbidden
)

// kinds is the only place where kinds meet HTTP.
var kinds = [...]struct {
	status     int
	code, text string
}{
	ErrInternal:          {http.StatusInternalServerError, "", "internal error"},
	ErrMissingToken:      {http.StatusUnauthorized, "", "missing token"},
	ErrInvalidRequest:    {http.StatusBadRequest, "invalid_request", "invalid request"},
	ErrInvalidToken:      {http.StatusUnauthorized, "invalid_token", "invalid token"},
	ErrInsufficientScope: {http.StatusForbidden, "insufficient_scope", "insufficient scope"},
	ErrUnavailable:       {http.StatusServiceUnavailable, "", "authorization server unavailable"},
	ErrTooManyFailures:   {http.StatusTooManyRequests, "", "too many failures"},
	ErrForbidden:         {http.StatusForbidden, "", "forbidden"},
}

// known maps a Kind that this package never made to ErrInternal.
func (k Kind) known() Kind {
	if int(k) < len(kinds) {
		return k
	}
	return ErrInternal
}

// Error names the kind.
func (k Kind) Error() string { return "rs: " + k.String() }

// String names the kind, without a prefix: a label for metrics and logs.
func (k Kind) String() string { return kinds[k.known()].text }

// Error is why a request was not authenticated. It speaks to two audiences that never mix: Kind, Description and Scope
// are for the client, Reason and Err for the operator. The zero Error is an internal error.
type Error struct {
	Kind        Kind
	Reason      Reason        // closed, low-cardinality set: for metrics and logs
	Description string        // safe for clients: a constant in ASCII, may be empty
	Scope       string        // the scopes that would have sufficed, or that a token needs here; space-separated
	Realm       string        // protection space of the challenge (RFC 9110 section 11.5); may be empty
	RetryAfter  time.Duration // when a client may try again; zero: 5 seconds. Only for ErrUnavailable and ErrTooManyFailures
	Err         error         // cause; for logs only. It holds no token, secret, claim or text from the wire

	innocent    bool // the authorization server works, or was not reached: nothing for the circuit breaker
	repeatable  bool // asking once more is safe and may help
	unreachable bool // no answer at all
}

// defaultRetryAfter is the Retry-After of an Error that names none.
const defaultRetryAfter = 5 * time.Second

// Error tells the operator what happened. Clients see Description instead.
func (e *Error) Error() string {
	text := e.Kind.Error()
	if e.Reason != "" {
		text = fmt.Sprintf("%s (%s)", text, e.Reason)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the Kind and the cause, so that errors.Is and errors.As find both.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Status is the HTTP status of the response.
func (e *Error) Status() int { return kinds[e.Kind.known()].status }

// Code is the error code of RFC 6750 section 3.1, empty where that section has none.
func (e *Error) Code() string { return kinds[e.Kind.known()].code }

// ErrUnknownUser is for an application's user lookup to return: the token is good, but there is no such user here. It
// becomes a 401 invalid_token.
const ErrUnknownUser = sentinel("rs: no such user")

// sentinel is an error that cannot be changed at run time.
type sentinel string

func (s sentinel) Error() string { return string(s) }

// unavailable is for an answer that says nothing about the token, with the cause in words of our own.
func unavailable(reason Reason, cause string) *Error { return unusable(reason, errors.New(cause)) }

// unusable is [unavailable] with a cause that is an error already.
func unusable(reason Reason, cause error) *Error {
	return &Error{Kind: ErrUnavailable, Reason: reason, Err: cause}
}

func closedError() *Error { return unavailable(ReasonClosed, "this Server was closed") }

// AsError finds the *Error in err. Any other error but ErrUnknownUser becomes ErrInternal: what nobody foresaw is never the
// client's fault and never lets a request pass. AsError(nil) is nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return &Error{Kind: k, Reason: ReasonApplication, Err: err}
	}
	if errors.Is(err, ErrUnknownUser) {
		return invalidToken(ReasonUnknownUser)
	}
	return &Error{Kind: ErrInternal, Reason: ReasonUnexpected, Err: err}
}

// recovered turns a panic into an internal error. Its value could be anything, a token for one, so only its type is told.
func recovered(panicked any, failure *Error) *Error {
	if panicked == nil {
		return failure
	}
	return &Error{Reason: ReasonUnexpected, innocent: true, Err: fmt.Errorf("rs: panic with a value of type %T", panicked)}
}

// asError keeps a nil *Error from becoming an error that is not nil.
func asError(failure *Error) error {
	if failure == nil {
		return nil
	}
	return failure
}
