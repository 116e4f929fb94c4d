package rs

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// BearerToken is the token of r's Authorization header (RFC 6750 section 2.1), as sent. The error is an *Error of kind
// ErrMissingToken or ErrInvalidRequest. Tokens in the query or the body are never used (RFC 9700 section 4.3.2), but a query
// parameter access_token beside the header is two ways of sending a token, which RFC 6750 section 2 forbids.
// It sets no bound on the length: that is Config.MaxTokenLength.
func BearerToken(r *http.Request) (string, error) {
	token, failure := bearerToken(r, true)
	if failure != nil {
		return "", failure
	}
	return token, nil
}

// bearerToken leaves the grammar of the token unchecked where somebody else will look at it: see recall.
func bearerToken(r *http.Request, checked bool) (string, *Error) {
	lines := r.Header["Authorization"]
	switch len(lines) {
	case 0:
		return "", &Error{Kind: ErrMissingToken, Reason: ReasonNoToken}
	case 1:
	default:
		return "", invalidRequest(ReasonRepeatedAuthorization, "more than one Authorization header")
	}
	credentials, failure := bearerCredentials(lines[0])
	if failure != nil {
		return "", failure
	}
	if checked && !isB64Token(credentials) {
		return "", malformedAuthorization()
	}
	if queryHasToken(r.URL) {
		return "", invalidRequest(ReasonSeveralMethods, "the token is sent in more than one way")
	}
	return credentials, nil
}

// bearerCredentials is what follows the scheme, whose letter case does not matter (RFC 9110 section 11.1), and 1*SP.
func bearerCredentials(line string) (string, *Error) {
	credentials, found := strings.CutPrefix(line, "Bearer ") // as nearly everybody writes it
	if !found {
		var scheme string
		scheme, credentials, _ = strings.Cut(line, " ")
		if !isToken(scheme) {
			return "", malformedAuthorization()
		}
		if !strings.EqualFold(scheme, "Bearer") {
			return "", &Error{Kind: ErrMissingToken, Reason: ReasonOtherScheme}
		}
	}
	return strings.TrimLeft(credentials, " "), nil
}

func invalidRequest(reason Reason, description string) *Error {
	return &Error{Kind: ErrInvalidRequest, Reason: reason, Description: description}
}

func malformedAuthorization() *Error {
	return invalidRequest(ReasonMalformedAuthorization, "malformed Authorization header")
}

// queryHasToken parses a query only when it could hold the parameter: the common request has none and pays nothing.
func queryHasToken(u *url.URL) bool {
	if u == nil || u.RawQuery == "" || !strings.Contains(u.RawQuery, "access_token") && !strings.Contains(u.RawQuery, "%") {
		return false
	}
	query, _ := url.ParseQuery(u.RawQuery) // of a broken query, the part that an application would see
	return query.Has("access_token")
}

// isB64Token: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=".
func isB64Token(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if !b64tokenChar[body[i]] {
			return false
		}
	}
	return body != ""
}

// isToken: the token of RFC 9110 section 5.6.2, which a scheme name must be.
func isToken(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(s[i])) {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// b64tokenChar as a table: a token has up to 8192 characters, and every request's token is read.
var b64tokenChar = func() (table [256]bool) {
	for c := range table {
		table[c] = isAlnum(byte(c)) || strings.IndexByte("-._~+/", byte(c)) >= 0
	}
	return table
}()

// wellFormed refuses a token that no Authorization header could have carried. BearerToken has seen to it for one that came in
// a request, and looking at every character costs as much as the digest.
func wellFormed(token string) *Error {
	if !isB64Token(token) {
		return invalidRequest(ReasonMalformedAuthorization, "malformed token")
	}
	return nil
}

// bearer is the token to ask about: of a well-formed one, bounded, and unwrapped where so configured.
func (s *Server) bearer(token string) (string, *Error) {
	if len(token) > s.cfg.MaxTokenLength {
		return "", invalidRequest(ReasonTokenTooLong, "the token is too long")
	}
	if !s.cfg.LenientBase64Token {
		return token, nil
	}
	inner, ok := unwrapBase64(token)
	if !ok {
		return token, nil
	}
	if !isB64Token(inner) {
		return "", invalidRequest(ReasonMalformedAuthorization, "malformed token inside base64")
	}
	return inner, nil
}

// unwrapBase64 undoes what La Suite's service providers do to their tokens. Strict: standard alphabet, exact padding and
// UTF-8 inside, so that a token which is no base64 is left alone.
func unwrapBase64(token string) (string, bool) {
	if token == "" || len(token)%4 != 0 { // spares most tokens the decoding
		return "", false
	}
	inner, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil || !utf8.Valid(inner) {
		return "", false
	}
	return string(inner), true
}
