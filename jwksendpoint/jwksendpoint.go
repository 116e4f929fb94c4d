// Package jwksendpoint publishes a public JWK Set over HTTP (RFC 7517 section
// 5), so that an authorization server can encrypt to us.
package jwksendpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// MaxAge is how long the set may be cached.
const MaxAge = 10 * time.Minute

// PublicKeys is what is published.
type PublicKeys interface {
	PublicJWKS() []byte
}

// Handler returns a handler that answers GET and HEAD with the set of k.
func Handler(k PublicKeys) http.Handler {
	return &handler{keys: k}
}

type handler struct {
	keys PublicKeys
	last atomic.Pointer[document]
}

type document struct {
	body   []byte
	etag   string
	status int
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	d := h.document()
	if d.status != http.StatusOK {
		w.WriteHeader(d.status)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(int(MaxAge.Seconds())))
	w.Header().Set("ETag", d.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body))
}

func (h *handler) document() *document {
	if h.keys == nil {
		return &document{status: http.StatusNotFound}
	}
	body := h.keys.PublicJWKS()
	if d := h.last.Load(); d != nil && bytes.Equal(d.body, body) {
		return d
	}
	d := newDocument(body)
	h.last.Store(d)
	return d
}

func newDocument(body []byte) *document {
	var set struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if len(body) == 0 {
		return &document{body: body, status: http.StatusNotFound}
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return &document{body: body, status: http.StatusInternalServerError}
	}
	if len(set.Keys) == 0 {
		return &document{body: body, status: http.StatusNotFound}
	}
	for _, key := range set.Keys {
		for _, name := range [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, ok := key[name]; ok {
				return &document{body: body, status: http.StatusInternalServerError}
			}
		}
	}
	sum := sha256.Sum256(body)
	return &document{body: body, status: http.StatusOK, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}
