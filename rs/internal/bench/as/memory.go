package as

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// Memory is the authorization server without a socket: an http.RoundTripper, for what is measured without a network.
type Memory struct {
	Keys *Keys // for answers of RFC 9701; nil: plain JSON only

	turn atomic.Int64
}

// RoundTrip answers by the last element of the path: json, jwks, or the name of an encryption.
func (m *Memory) RoundTrip(r *http.Request) (*http.Response, error) {
	name := r.URL.Path[1:]
	switch name {
	case "json":
		return reply(r, "application/json", Answer(token(r)))
	case "jwks":
		return reply(r, "application/jwk-set+json", m.Keys.Signer.PublicJWKS())
	}
	for _, e := range m.Keys.Encryptions {
		if e.Name == name {
			return reply(r, "application/token-introspection+jwt", e.Message(int(m.turn.Add(1))))
		}
	}
	return nil, http.ErrNotSupported
}

func reply(r *http.Request, mediaType string, body []byte) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {mediaType}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// token is the value of the form that r posts; the tokens of the benchmarks need no decoding.
func token(r *http.Request) string {
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	return tokenIn(string(form))
}

func tokenIn(form string) string {
	for field := range strings.SplitSeq(form, "&") {
		if value, ok := strings.CutPrefix(field, "token="); ok {
			return value
		}
	}
	return ""
}
