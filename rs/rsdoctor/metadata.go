package rsdoctor

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkIssuerSetting looks at OIDC_OP_URL alone.
func checkIssuerSetting(_ context.Context, p *patient) []Finding {
	if before, name, is := strings.Cut(p.cfg.Issuer, "/.well-known/"); is {
		fix := "set OIDC_OP_URL to the issuer that stands in that document"
		if name == "openid-configuration" { // RFC 8414 puts its own before the path, so what is left would be no issuer
			fix += ", most likely " + printable(before)
		}
		return problem(IssuerIsDocument, "OIDC_OP_URL is the address of the metadata, not the issuer named in it", fix)
	}
	if p.cfg.JWKSEndpoint != "" && p.cfg.JWKSEndpoint == p.cfg.IntrospectionEndpoint {
		return problem(EndpointsShuffled, "OIDC_OP_INTROSPECTION_ENDPOINT and OIDC_OP_JWKS_ENDPOINT are the same URL", "copy both anew from the metadata of the authorization server")
	}
	return ok("looks like an issuer identifier")
}

// checkMetadata compares the issuer and the endpoints with what the server says of itself.
func checkMetadata(ctx context.Context, p *patient) []Finding {
	if p.wrong && p.discovers() {
		return notChecked("there is no answer")
	}
	m := p.metadata(ctx)
	if m == nil && p.discovers() {
		p.wrong = true
		return p.explainNoMetadata()
	}
	if m == nil {
		return warning(MetadataMissing, "no metadata was found at the issuer, nor above the introspection endpoint, so the issuer is not proved",
			"compare OIDC_OP_URL with the iss of an answer, character by character")
	}
	found := p.judgeMetadata(ctx, m)
	if found == nil {
		return ok("issuer and endpoints are those of the metadata")
	}
	return found
}

func (p *patient) judgeMetadata(ctx context.Context, m *metadata) []Finding {
	found := judgeIssuer(p.cfg.Issuer, m.Issuer, "the server calls itself")
	if theirs := m.introspectionFor(p.cfg.ClientAuth); p.configured.IntrospectionEndpoint != "" && theirs != "" && p.inside(theirs) != p.inside(p.cfg.IntrospectionEndpoint) {
		found = append(found, warning(EndpointDiffers, "the metadata names another introspection endpoint, "+printable(m.IntrospectionEndpoint),
			"use that one, unless yours is the internal address of the same server")...)
	}
	if p.needsKeys() && p.configured.JWKSEndpoint != "" && m.JWKSURI != "" && p.inside(m.JWKSURI) != p.inside(p.cfg.JWKSEndpoint) {
		found = append(found, warning(JWKSEndpointDiffers, "the metadata names another JWK Set, "+printable(m.JWKSURI),
			"use that one, unless yours is the internal address of the same server")...)
	}
	if m.Issuer == p.cfg.Issuer && p.discovers() {
		found = append(found, p.refusedMetadata(ctx)...)
	}
	return found
}

// judgeIssuer finds the difference between two issuer identifiers, which are compared character by character (RFC 8414
// section 2). It is nil if there is none.
func judgeIssuer(ours, theirs, says string) []Finding {
	text := says + " " + printable(theirs) + ", which differs from OIDC_OP_URL "
	fix := "set OIDC_OP_URL=" + printable(theirs)
	a, errA := url.Parse(ours)
	b, errB := url.Parse(theirs)
	switch {
	case ours == theirs:
		return nil
	case errA != nil || errB != nil:
	case strings.TrimSuffix(ours, "/") == strings.TrimSuffix(theirs, "/"):
		return problem(IssuerSlash, text+"by the slash at the end", fix)
	case strings.EqualFold(ours, theirs):
		return problem(IssuerCase, text+"by capital letters", fix)
	case a.Host == b.Host && a.Path == b.Path:
		return problem(IssuerScheme, text+"by http and https", fix)
	case strings.TrimSuffix(a.Path, "/") == strings.TrimSuffix(b.Path, "/") && !strings.EqualFold(a.Host, b.Host):
		return problem(IssuerHost, text+"by the host (internal and external?)", fix+" (if the server is called by another host from here, name that one in OIDC_OP_INTERNAL_URL)")
	}
	return problem(IssuerOther, text+"altogether", fix)
}

// registeredMethod is the method by which we authenticate, if it has a registered name.
func (p *patient) registeredMethod() string {
	if p.cfg.ClientAuth == rs.ClientBearerToken || !p.introspects() {
		return ""
	}
	return p.cfg.ClientAuth.String()
}

// origin is scheme and host of a URL.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// checkOffer compares what is configured with what the server says that it can do. Servers may say nothing of it.
func checkOffer(ctx context.Context, p *patient) (found []Finding) {
	m := p.metadata(ctx)
	if m == nil {
		return notChecked("there is no metadata")
	}
	missing := func(code Code, list []string, what, variable string) {
		if len(list) > 0 && what != "" && !slices.Contains(list, what) {
			found = append(found, warning(code, "the server does not offer "+what+", but "+printable(strings.Join(list, ", ")), "change "+variable+" to one that it offers")...)
		}
	}
	missing(AuthMethodNotOffered, m.AuthMethods, p.registeredMethod(), "OIDC_RS_CLIENT_AUTH_METHOD")
	if p.cfg.Format != rs.JSON && p.introspects() {
		missing(SigningAlgNotOffered, m.SigningAlgs, p.cfg.SigningAlg, "OIDC_RS_SIGNING_ALGO")
	}
	if p.cfg.Format == rs.JWT {
		missing(EncryptionAlgNotOffered, m.EncryptionAlgs, ourAlgorithm(p.ours()), "OIDC_RS_ENCRYPTION_ALGO")
	}
	if len(m.Scopes) > 0 && !slices.ContainsFunc(p.cfg.AcceptedScopes, func(s string) bool { return slices.Contains(m.Scopes, s) }) {
		found = append(found, warning(ScopeNotOffered, "the server offers none of the scopes in OIDC_RS_SCOPES",
			"compare OIDC_RS_SCOPES with the scopes of the server, letter by letter")...)
	}
	if found == nil {
		return ok("includes what is configured, as far as it says")
	}
	return found
}
