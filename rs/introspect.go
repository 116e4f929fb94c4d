package rs

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// mediaType is the one that we ask for and the only one that we take (RFC 7662 section 2.2, RFC 9701 section 4). Listing
// a second one would let the authorization server choose the weaker.
func (f Format) mediaType() string {
	if f == JSON {
		return "application/json"
	}
	return "application/token-introspection+jwt"
}

// introspect asks the authorization server about the token and returns the facts it states, verified as configured.
func (s *Server) introspect(ctx context.Context, token string) (*Introspection, *Error) {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > s.cfg.Timeout { //nolint:forbidigo // a context has the real clock. Else the budget is the tighter one
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cfg.Timeout)
		defer cancel()
	}
	trace := s.tracer(ctx)
	at, failure := s.introspectionEndpoint(ctx)
	if s.cfg.IntrospectionEndpoint == "" {
		trace.step(StepDiscover, failure)
	}
	if failure != nil {
		return nil, failure
	}
	req, failure := s.introspectionRequest(ctx, at, token)
	if failure != nil {
		trace.step(StepCall, failure)
		return nil, failure
	}
	ans, failure := s.exchange(req)
	received := s.cfg.Now() // and not when it is verified: that can wait for keys
	if failure == nil {
		failure = s.judgeStatus(ans)
	}
	trace.step(StepCall, failure)
	if failure != nil {
		s.doubt(s.cfg.IntrospectionEndpoint, failure)
		return nil, failure
	}
	raw, failure := s.unwrap(ctx, ans.body)
	if failure != nil {
		return nil, failure
	}
	return s.readResponse(ctx, raw, received)
}

// readResponse reads the introspection response, which has been believed by now.
func (s *Server) readResponse(ctx context.Context, raw []byte, received time.Time) (*Introspection, *Error) {
	trace := s.tracer(ctx)
	in, err := parseIntrospection(raw, &s.settings)
	var failure *Error
	if err != nil {
		failure = unusable(ReasonBody, err)
	}
	trace.step(StepResponse, failure)
	if failure != nil {
		return nil, failure
	}
	in.received = received.UnixNano()
	return in, nil
}

// introspectionRequest is RFC 7662 section 2.1.
func (s *Server) introspectionRequest(ctx context.Context, as asker, token string) (*http.Request, *Error) {
	header := http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
		"Accept":       {s.cfg.Format.mediaType()},
	}
	credentials, failure := s.authenticate(ctx, as.method, header)
	if failure != nil {
		return nil, failure
	}
	form := "token=" + url.QueryEscape(token) + "&token_type_hint=access_token"
	if len(credentials) > 0 {
		form += "&" + credentials.Encode()
	}
	if !as.method.isAssertion() {
		// Asking twice does no harm. The empty list sends no header and lets net/http repeat a request on a fresh
		// connection when a pooled one turns out to have been closed. An assertion is good for one call, and a
		// repetition might be taken for a replay.
		header["Idempotency-Key"] = []string{}
	}
	return s.newRequest(ctx, http.MethodPost, as.at, header, strings.NewReader(form))
}

// judgeStatus finds out whether the answer can hold a verdict. Only three things may be blamed on somebody: our own
// credentials, a kind of token that the server does not introspect, and, for all else, the server.
func (s *Server) judgeStatus(ans *answer) *Error {
	switch {
	case ans.status == http.StatusOK && ans.contentType == s.cfg.Format.mediaType():
		return nil
	case ans.status == http.StatusOK:
		failure := unavailable(ReasonContentType, fmt.Sprintf("the answer is not %s (%s): check the configured format and how this client is registered",
			s.cfg.Format.mediaType(), describeMediaType(ans.contentType)))
		failure.innocent = ans.contentType == JSON.mediaType() // some servers sign good news only, and anybody can send a token they do not know
		return failure
	case ans.status == http.StatusUnauthorized, ans.status == http.StatusForbidden:
		return clientCredentials(fmt.Sprintf("status %d", ans.status))
	case ans.status == http.StatusBadRequest:
		return judgeBadRequest(ans.body)
	case ans.status == http.StatusTooManyRequests:
		failure := unavailable(ReasonTooManyRequests, "status 429: the authorization server limits how often this service may ask")
		failure.RetryAfter = ans.retryAfter
		return failure
	}
	cause := fmt.Sprintf("status %d", ans.status)
	if ans.status < http.StatusInternalServerError {
		cause += ": is Config.IntrospectionEndpoint (OIDC_OP_INTROSPECTION_ENDPOINT) the introspection endpoint?"
	}
	failure := unavailable(ReasonStatus, cause)
	failure.RetryAfter = ans.retryAfter
	failure.repeatable = isGatewayTrouble(ans.status) && ans.retryAfter <= time.Second
	return failure
}

func isGatewayTrouble(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// judgeBadRequest reads an OAuth error response (RFC 6749 section 5.2). Its description is never passed on.
func judgeBadRequest(body []byte) *Error {
	var oauth struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &oauth); err != nil {
		return badRequest("status 400 without an OAuth error")
	}
	switch oauth.Error {
	case "unsupported_token_type": // RFC 7009 section 2.2.1
		return invalidToken(ReasonUnsupportedToken)
	case "invalid_client", "invalid_client_metadata":
		return clientCredentials(oauth.Error)
	}
	return badRequest("status 400 with an OAuth error that says nothing about the token")
}

// badRequest: no verdict, but the server is up and reads what it is sent.
func badRequest(cause string) *Error {
	failure := unavailable(ReasonStatus, cause)
	failure.innocent = true
	return failure
}

func clientCredentials(what string) *Error {
	return &Error{Kind: ErrInternal, Reason: ReasonClientCredentials, innocent: true, Err: fmt.Errorf(
		"the authorization server refuses this service (%s): check client id, secret, authentication method and registration (and that it can read our JWK Set)", what)}
}

// describeMediaType names what came instead, from a closed list: the header could hold anything.
func describeMediaType(mediaType string) string {
	switch mediaType {
	case "":
		return "no Content-Type"
	case "application/json", "application/jwt", "application/token-introspection+jwt", "text/html", "text/plain":
		return mediaType
	}
	return "something else"
}
