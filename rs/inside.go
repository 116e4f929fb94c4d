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

// address is a URL to call. If public is not nil, it is called in the name of that URL: with its Host (RFC 9110 section 7.2)
// and, for servers that believe their proxies, its scheme.
type address struct {
	url    string
	public *url.URL
}

// plain is the same in its own name.
func (a address) plain() address { return address{url: a.url} }

// inside is the way to an authorization server that has another address for us than for the world. Only what is under the
// issuer is asked for there, and in the issuer's name, as by a proxy that keeps the Host: many servers choose a tenant by it, or
// make their issuer of it. A nil *inside changes nothing.
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

// base is the issuer as it is called.
func (in *inside) base(issuer string) address {
	if in == nil {
		return address{url: issuer}
	}
	return address{in.target, in.issuer}
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
	return address{in.target + rest, in.issuer}
}

// discovered is where to call an endpoint of metadata, in the name by which the server gave it.
func (in *inside) discovered(endpoint string, md *metadata) address {
	at := in.address(endpoint)
	if md.plain {
		return at.plain()
	}
	return at
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
	if at.public != nil {
		req.Host = at.public.Host
		req.Header.Set("X-Forwarded-Proto", at.public.Scheme)
	}
	return req, nil
}
