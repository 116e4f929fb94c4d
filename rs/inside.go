package rs

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// address is a URL to call. The host, if not empty, is the one to name there (RFC 9110 section 7.2).
type address struct{ url, host string }

// inside is the way to an authorization server that has another address for us than for the world. Only what is under the
// issuer is asked for there. The Host header stays the issuer's, as behind a proxy that keeps it: many servers choose a
// tenant by it, or make their issuer of it. A nil *inside changes nothing.
type inside struct {
	issuer *url.URL
	target string // without a slash at the end
}

func newInside(cfg *Config) *inside {
	issuer, err := url.Parse(cfg.Issuer)
	if cfg.InternalURL == "" || err != nil {
		return nil
	}
	return &inside{issuer, strings.TrimSuffix(cfg.InternalURL, "/")}
}

// base is the issuer as it is called, and the host to name there.
func (in *inside) base(issuer string) (base, host string) {
	if in == nil {
		return issuer, ""
	}
	return in.target, in.issuer.Host
}

// address is where to call an endpoint.
func (in *inside) address(endpoint string) address {
	if in == nil {
		return address{url: endpoint}
	}
	u, err := url.Parse(endpoint)
	if err != nil || !in.covers(u) {
		return address{url: endpoint}
	}
	rest := strings.TrimPrefix(u.EscapedPath(), strings.TrimSuffix(in.issuer.EscapedPath(), "/"))
	if u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	return address{in.target + rest, in.issuer.Host}
}

// covers: the same scheme and host, and the issuer's path as whole segments. A path that climbs is not below anything.
func (in *inside) covers(u *url.URL) bool {
	if u.Scheme != in.issuer.Scheme || !strings.EqualFold(u.Host, in.issuer.Host) || u.User != nil {
		return false
	}
	if clean := path.Clean(u.Path); u.Path != "" && strings.TrimSuffix(u.Path, "/") != strings.TrimSuffix(clean, "/") {
		return false
	}
	above := strings.TrimSuffix(in.issuer.EscapedPath(), "/")
	rest, below := strings.CutPrefix(u.EscapedPath(), above)
	return below && (rest == "" || rest[0] == '/')
}

// newRequest is a request for an address.
func (s *Server) newRequest(ctx context.Context, method string, at address, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, at.url, body)
	if err != nil {
		return nil, fmt.Errorf("rs: request: %w", err)
	}
	req.Host = cmp.Or(at.host, req.Host)
	return req, nil
}
