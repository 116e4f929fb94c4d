package rsdoctor

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// resolve finds out, as the service does, what is left to the metadata. The configuration that decides is not changed.
func (p *patient) resolve(ctx context.Context) {
	if !p.discovers() && p.cfg.ClientAuth != rs.ClientSecretByMetadata && p.configured.SigningAlg != "" {
		return
	}
	m := p.metadata(ctx)
	if m == nil {
		m = &metadata{}
	}
	if p.cfg.ClientAuth == rs.ClientSecretByMetadata {
		p.cfg.ClientAuth = m.choose()
	}
	if p.cfg.IntrospectionEndpoint == "" {
		p.cfg.IntrospectionEndpoint = p.usable(m, p.inside(m.introspectionFor(p.cfg.ClientAuth)))
	}
	if p.cfg.JWKSEndpoint == "" && p.needsKeys() {
		p.cfg.JWKSEndpoint = p.usable(m, p.inside(m.JWKSURI))
	}
	if p.configured.SigningAlg == "" && len(m.SigningAlgs) == 1 {
		p.cfg.SigningAlg = m.SigningAlgs[0]
	}
}

// usable is an endpoint of the metadata, unless the service would not call it: then there is none. The service uses no
// metadata of another issuer at all; here that is looked into, but our credentials do not follow it to another origin.
func (p *patient) usable(m *metadata, endpoint string) string {
	if at := origin(endpoint); m.Issuer != p.cfg.Issuer && at != origin(p.cfg.Issuer) && at != origin(p.cfg.InternalURL) {
		return ""
	}
	try := rs.Config{IntrospectionEndpoint: endpoint, InsecureAllowHTTP: p.cfg.InsecureAllowHTTP}
	for _, e := range rs.FieldErrors(try.Validate()) {
		if e.Field == "IntrospectionEndpoint" {
			return ""
		}
	}
	return endpoint
}

// discovers: something that the service needs is left to the metadata.
func (p *patient) discovers() bool {
	return p.configured.IntrospectionEndpoint == "" && p.introspects() || p.configured.JWKSEndpoint == "" && p.needsKeys()
}

func (p *patient) introspects() bool { return p.cfg.AccessTokenMode != rs.Local }

// needsKeys: the authorization server signs what is judged here.
func (p *patient) needsKeys() bool {
	return p.cfg.Format != rs.JSON && p.introspects() || p.cfg.AccessTokenMode != rs.Introspect
}

// inside is where a URL under the issuer is called from here.
func (p *patient) inside(at string) string {
	if rest, below := strings.CutPrefix(at, p.cfg.Issuer); below && p.cfg.InternalURL != "" {
		return strings.TrimSuffix(p.cfg.InternalURL, "/") + "/" + strings.TrimPrefix(rest, "/")
	}
	return at
}

// rename calls a server inside by the name of the issuer, where it knows itself only so.
func (p *patient) rename(req *http.Request) {
	if p.name == nil || origin(req.URL.String()) != origin(p.cfg.InternalURL) {
		return
	}
	req.Host = p.name.Host
	req.Header.Set("X-Forwarded-Proto", p.name.Scheme)
}

// cannotAsk says why no question of our own can be asked; empty: it can.
func (p *patient) cannotAsk() string {
	switch {
	case !p.introspects():
		return "tokens are judged without the authorization server"
	case p.cfg.IntrospectionEndpoint == "":
		return "OIDC_OP_INTROSPECTION_ENDPOINT is not set, and the metadata names none that may be asked"
	}
	return ""
}

// target is the URL that shows whether there is a way to the authorization server: of the introspection endpoint if it
// is known.
func (p *patient) target() string {
	switch {
	case p.cannotAsk() == "":
		return p.cfg.IntrospectionEndpoint
	case p.configured.JWKSEndpoint != "" && !p.introspects():
		return p.cfg.JWKSEndpoint
	}
	return p.places()[0]
}

// contact is the answer of the target.
func (p *patient) contact(ctx context.Context) *reply {
	switch {
	case p.cannotAsk() == "":
		return p.first(ctx)
	case p.configured.JWKSEndpoint != "" && !p.introspects():
		return p.keys(ctx)
	}
	return p.greeting(ctx)
}

// whose is the variable that says where the target is.
func (p *patient) whose() string {
	switch {
	case p.configured.IntrospectionEndpoint != "" && p.introspects():
		return "OIDC_OP_INTROSPECTION_ENDPOINT"
	case p.configured.JWKSEndpoint != "" && !p.introspects():
		return "OIDC_OP_JWKS_ENDPOINT"
	case p.cfg.InternalURL != "":
		return "OIDC_OP_INTERNAL_URL"
	case p.cfg.IntrospectionEndpoint != "" && origin(p.cfg.IntrospectionEndpoint) != origin(p.cfg.Issuer):
		return "OIDC_OP_INTROSPECTION_ENDPOINT (now it is that of the metadata)"
	}
	return "OIDC_OP_URL"
}

// choose is the method of a client that leaves it to the metadata.
func (m *metadata) choose() rs.ClientAuth {
	listed := m.AuthMethods
	if listed == nil {
		listed = m.TokenAuthMethods
	}
	if slices.Contains(listed, rs.ClientSecretBasic.String()) && !slices.Contains(listed, rs.ClientSecretPost.String()) {
		return rs.ClientSecretBasic
	}
	return rs.ClientSecretPost
}

// introspectionFor is the endpoint for a client of this method: with a certificate, it may be another (RFC 8705 section 5).
func (m *metadata) introspectionFor(method rs.ClientAuth) string {
	if method == rs.TLSClientAuth || method == rs.SelfSignedTLSClientAuth {
		return cmp.Or(m.Aliases.IntrospectionEndpoint, m.IntrospectionEndpoint)
	}
	return m.IntrospectionEndpoint
}

// issuerURL is the issuer, taken apart.
func (p *patient) issuerURL() *url.URL {
	u, err := url.Parse(p.cfg.Issuer)
	if err != nil {
		return &url.URL{}
	}
	return u
}
