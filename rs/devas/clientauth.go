package devas

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// maxForm bounds a request body.
const maxForm = 64 << 10

// oauthError is an error response (RFC 6749 section 5.2).
type oauthError struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func invalidRequest(description string) *oauthError {
	return &oauthError{http.StatusBadRequest, "invalid_request", description}
}

func invalidClient() *oauthError {
	return &oauthError{http.StatusUnauthorized, "invalid_client", "client authentication failed"}
}

// caller is who sent a request, as far as is known.
type caller struct {
	id, secret string
	method     string // client_secret_basic, client_secret_post, or none
}

// readForm reads the body, which also lets net/http notice when the client goes away.
func readForm(w http.ResponseWriter, r *http.Request) *oauthError {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded") {
		return invalidRequest("only application/x-www-form-urlencoded content is read")
	}
	if err := r.ParseForm(); err != nil {
		return invalidRequest("the body is no form")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 { // RFC 6749 section 3.2
			return invalidRequest("a parameter is repeated: " + name)
		}
	}
	return nil
}

// readCaller finds the credentials (RFC 6749 section 2.3.1): in the header or in the body, never in both.
func readCaller(r *http.Request) (caller, *oauthError) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	header := r.Header.Get("Authorization")
	switch {
	case header != "" && secret != "":
		return caller{id: id}, invalidRequest("client authentication must only be provided using one mechanism")
	case header != "":
		return readBasic(r, id)
	case id == "":
		return caller{}, invalidRequest("no client authentication mechanism provided")
	case secret == "":
		return caller{id: id, method: "none"}, nil
	}
	return caller{id, secret, "client_secret_post"}, nil
}

// readBasic undoes the form encoding of both halves, which many clients forget.
func readBasic(r *http.Request, bodyID string) (caller, *oauthError) {
	rawID, rawSecret, ok := r.BasicAuth()
	if !ok {
		return caller{id: bodyID}, invalidRequest("invalid authorization header value format")
	}
	id, idErr := url.QueryUnescape(rawID)
	secret, secretErr := url.QueryUnescape(rawSecret)
	if idErr != nil || secretErr != nil {
		return caller{method: "client_secret_basic"}, invalidRequest("client_id and client_secret in the authorization header are not properly encoded")
	}
	if bodyID != "" && bodyID != id {
		return caller{id: id, method: "client_secret_basic"}, invalidRequest("client_id mismatch")
	}
	return caller{id, secret, "client_secret_basic"}, nil
}

// authenticate reads the form and finds the client that sent it. The caller is told as far as it is known.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) (*client, caller, *oauthError) {
	if failure := readForm(w, r); failure != nil {
		return nil, caller{}, failure
	}
	who, failure := readCaller(r)
	if failure != nil {
		return nil, who, failure
	}
	s.mu.Lock()
	c := s.clients[who.id]
	s.mu.Unlock()
	if c == nil || !sameSecret(who.secret, string(c.Secret)) {
		return nil, who, invalidClient()
	}
	return c, who, nil
}

// sameSecret takes the same time whatever the secrets, and never accepts an empty one.
func sameSecret(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// challenge is the WWW-Authenticate of an error; only who used the header is told of it (RFC 6749 section 5.2).
func (s *Server) challenge(r *http.Request, failure *oauthError) string {
	if failure.status != http.StatusUnauthorized || r.Header.Get("Authorization") == "" {
		return ""
	}
	return `Basic realm="` + s.cfg.Issuer + `", error="` + failure.Code + `"`
}
