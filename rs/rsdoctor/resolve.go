package rsdoctor

import (
	"context"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// resolve finds out, as the service does, what is left to the metadata. The configuration that decides is not changed.
func (p *patient) resolve(ctx context.Context) {
	if p.cfg.IntrospectionEndpoint != "" && (p.cfg.JWKSEndpoint != "" || p.cfg.Format == rs.JSON) && p.cfg.ClientAuth != rs.ClientSecretByMetadata {
		return
	}
	m := p.metadata(ctx)
	if m == nil {
		m = &metadata{}
	}
	if p.cfg.IntrospectionEndpoint == "" {
		p.cfg.IntrospectionEndpoint = p.inside(m.IntrospectionEndpoint)
	}
	if p.cfg.JWKSEndpoint == "" && p.cfg.Format != rs.JSON {
		p.cfg.JWKSEndpoint = p.inside(m.JWKSURI)
	}
	if p.cfg.ClientAuth == rs.ClientSecretByMetadata {
		p.cfg.ClientAuth = rs.ClientSecretPost
		if slices.Contains(m.AuthMethods, methodName(rs.ClientSecretBasic)) && !slices.Contains(m.AuthMethods, methodName(rs.ClientSecretPost)) {
			p.cfg.ClientAuth = rs.ClientSecretBasic
		}
	}
}

// inside is where a URL under the issuer is called from here.
func (p *patient) inside(at string) string {
	if rest, below := strings.CutPrefix(at, p.cfg.Issuer); below && p.cfg.InternalURL != "" {
		return strings.TrimSuffix(p.cfg.InternalURL, "/") + "/" + strings.TrimPrefix(rest, "/")
	}
	return at
}

// cannotAsk says why no question of our own can be asked; empty: it can.
func (p *patient) cannotAsk() string {
	switch {
	case p.cfg.AccessToken == rs.Local:
		return "tokens are judged without the authorization server"
	case p.cfg.IntrospectionEndpoint == "":
		return "OIDC_OP_INTROSPECTION_ENDPOINT is not set, and no metadata names it"
	case p.cfg.ClientAuth != rs.ClientSecretBasic && p.cfg.ClientAuth != rs.ClientSecretPost, p.cfg.ClientSecretFrom != nil:
		return "only the resource server itself can authenticate in the configured way: see the decision"
	}
	return ""
}
