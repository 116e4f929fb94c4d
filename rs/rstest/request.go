package rstest

import (
	"net/http"
	"net/http/httptest"

	"github.com/gin-lasuite/gin-lasuite/rs"
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

// RequestAs is a request that was authenticated already, for a handler that is tested by itself: rs.FromContext finds p, and
// the Require functions judge by its scopes. A nil p is a request that nobody authenticated. It panics as [Request] does.
func RequestAs(method, target string, p *rs.Principal) *http.Request {
	r := Request(method, target, "")
	return r.WithContext(rs.NewContext(r.Context(), p))
}

// Do is the answer of h to r, in this goroutine and without a socket.
func Do(h http.Handler, r *http.Request) *http.Response {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Result()
}
