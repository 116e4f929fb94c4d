// Package jwksendpoint publishes a public JWK Set over HTTP (RFC 7517 section
// 5), so that an authorization server can encrypt to us, and check our signature.
//
//	mux.Handle("/jwks", jwksendpoint.Handler(set))          // net/http
//	r.GET("/jwks", gin.WrapH(jwksendpoint.Handler(set)))    // Gin; HEAD needs a route of its own
//
// It needs no authentication: the keys are public.
package jwksendpoint

import (
	"bytes"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// MaxAge is how long a published set may be cached (the max-age of
// Cache-Control, RFC 9111 section 5.2.2.1).
//
// Each step of a rotation has to wait at least that long: an authorization
// server does not fetch the set again when a key changes, so it may go on
// encrypting to a retired key. It is also how long the server can do without us:
// one that cannot fetch the set cannot answer any introspection. Five minutes
// are a short wait for a rotation and long enough for a restart.
const MaxAge = 5 * time.Minute

// PublicKeys is what is published: a *keys.Set, a *keys.Ring, an
// *rsenv.Environment, or several of them put together by keys.Publish.
type PublicKeys interface {
	// PublicJWKS returns the JWK Set as JSON. It is called for every request
	// and must be safe for concurrent use; what it returns may change between
	// calls, when keys are reloaded. Without keys it returns nothing, or a set
	// with no keys.
	PublicJWKS() []byte
}

// Handler returns a handler that publishes the keys of k. It is safe for
// concurrent use.
//
// GET and HEAD are answered with the set as application/jwk-set+json, with
// Cache-Control and a strong ETag; If-None-Match is honoured (304). Any other
// method is 405 with Allow. Without keys, or with a nil k, the answer is 404.
//
// As the last line of defence, a document with a private or secret member
// anywhere in it (d, p, q, dp, dq, qi, oth, k, priv), or that is no JWK Set, is not
// published: the answer is 500 without a body. Errors have no body and are not
// to be cached.
func Handler(k PublicKeys) http.Handler {
	return &handler{keys: k}
}

type handler struct {
	keys PublicKeys
	last atomic.Pointer[document] // what was published last: the same bytes are checked once
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	doc := h.document()
	if doc.status != http.StatusOK {
		refuse(w, doc.status)
		return
	}
	header.Set("Content-Type", "application/jwk-set+json")
	header.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(MaxAge/time.Second)))
	header.Set("ETag", doc.etag)
	// ServeContent knows the conditional requests of RFC 9110 section 13. There
	// is no Last-Modified: the content alone decides.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(doc.body))
}

func refuse(w http.ResponseWriter, status int) {
	// 404 and 405 may be cached unless we object (RFC 9110 section 15.1): a
	// server that came too early must not remember that.
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
}

func (h *handler) document() *document {
	if h.keys == nil {
		return &document{status: http.StatusNotFound}
	}
	body := h.keys.PublicJWKS()
	if last := h.last.Load(); last != nil && bytes.Equal(last.body, body) {
		return last
	}
	doc := newDocument(bytes.Clone(body))
	h.last.Store(doc)
	return doc
}
