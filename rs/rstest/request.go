package rstest

import (
	"net/http"
	"net/http/httptest"
)

// Request is a request for a handler under test, with token as its bearer token (RFC 6750 section 2.1); an empty token sends
// none. Like httptest.NewRequest it panics if target is no request target.
func Request(method, target, token string) *http.Request {
	r := httptest.NewRequest(method, target, http.NoBody)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}
