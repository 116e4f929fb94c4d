package rs

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// address is a URL to call. If name is not nil, it is called in the name of that URL, as by a proxy in front: with its Host
// (RFC 9110 section 7.2) and, for servers that believe their proxies, its scheme.
type address struct {
	url  string
	name *url.URL
}

// inside is the way to an authorization server that has another address for us than for the world. Only what is under the
// issuer is asked for there. A nil *inside changes nothing.
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

// address is where to call an endpoint.
func (in *inside) address(endpoint string, by naming) address {
	if in == nil {
		return address{url: endpoint}
	}
	u, err := url.Parse(endpoint)
	if err != nil || !in.covers(u) {
		return address{url: endpoint}
	}
	if by == itsOwn {
		return address{url: in.target + in.rest(u)}
	}
	return address{in.target + in.rest(u), in.issuer}
}

// naming is the name by which a server inside is called.
type naming bool

const (
	itsOwn    naming = false // that of its address
	asIssuers naming = true  // that of the issuer: some choose a tenant, or make their own issuer, of it
)

// rest is what follows the issuer.
func (in *inside) rest(u *url.URL) string {
	rest := strings.TrimPrefix(u.EscapedPath(), strings.TrimSuffix(in.issuer.EscapedPath(), "/"))
	if u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	return rest
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

// newRequest is a request for an address. The header is its own from now on.
func (s *Server) newRequest(ctx context.Context, method string, at address, header http.Header, body io.Reader) (*http.Request, *Error) {
	req, err := http.NewRequestWithContext(ctx, method, at.url, body)
	if err != nil {
		return nil, &Error{Reason: ReasonUnexpected, Err: fmt.Errorf("rs: request: %w", err)}
	}
	req.Header = header
	if at.name != nil {
		req.Host = at.name.Host
		req.Header.Set("X-Forwarded-Proto", at.name.Scheme)
	}
	return req, nil
}
