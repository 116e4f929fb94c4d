package rsdoctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/misfit"
)

// metadata is what matters here of the authorization server's own description (RFC 8414 section 2, RFC 9701 section 7).
type metadata struct {
	Issuer                string   `json:"issuer"`
	IntrospectionEndpoint string   `json:"introspection_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	Scopes                []string `json:"scopes_supported"`
	AuthMethods           []string `json:"introspection_endpoint_auth_methods_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	SigningAlgs           []string `json:"introspection_signing_alg_values_supported"`
	EncryptionAlgs        []string `json:"introspection_encryption_alg_values_supported"`
	EncryptionEncs        []string `json:"introspection_encryption_enc_values_supported"`
	Aliases               struct {
		IntrospectionEndpoint string `json:"introspection_endpoint"`
	} `json:"mtls_endpoint_aliases"`
}

// sighting is a place where metadata may be, and what is there instead.
type sighting struct {
	at    string
	reply *reply
}

// findMetadata looks where the document can be: at the issuer (RFC 8414 section 3, OpenID Connect Discovery section 4),
// and, since the issuer may be what is wrong, above it, beside it, and above the introspection endpoint. An origin that
// does not answer is not asked again: each time could cost a timeout.
func (p *patient) findMetadata(ctx context.Context) *metadata {
	silent := map[string]bool{}
	var best *metadata
	for i, at := range p.places() {
		if silent[origin(at)] {
			continue
		}
		r := p.lookAt(ctx, i, at)
		silent[origin(at)] = r.err != nil
		m := readMetadata(r)
		if m != nil && m.Issuer == p.cfg.Issuer {
			return m
		}
		if named := p.lookByName(ctx, at, r); named != nil {
			return named
		}
		if m == nil {
			p.seen = append(p.seen, sighting{at, r})
		} else if best == nil {
			best = m
		}
	}
	return best
}

// lookByName asks a server inside in the name of the issuer, as the service does where the server knows itself only so.
func (p *patient) lookByName(ctx context.Context, at string, unnamed *reply) *metadata {
	if unnamed.err != nil || origin(at) != origin(p.cfg.InternalURL) {
		return nil
	}
	p.name = p.issuerURL()
	if m := readMetadata(p.get(ctx, at)); m != nil && m.Issuer == p.cfg.Issuer {
		return m
	}
	p.name = nil
	return nil
}

func (p *patient) lookAt(ctx context.Context, i int, at string) *reply {
	if i == 0 {
		return p.greeting(ctx)
	}
	return p.get(ctx, at)
}

func readMetadata(r *reply) *metadata {
	m := &metadata{}
	if r.err != nil || r.status != http.StatusOK || json.Unmarshal(r.body, m) != nil || m.Issuer == "" {
		return nil
	}
	return m
}

const (
	openIDName = "/.well-known/openid-configuration"
	oauthName  = "/.well-known/oauth-authorization-server"
	maxPlaces  = 16
)

// places are the URLs to try, the likeliest first.
func (p *patient) places() (all []string) {
	add := func(at string) {
		if !slices.Contains(all, at) && len(all) < maxPlaces {
			all = append(all, at)
		}
	}
	around := func(base string) {
		u, err := url.Parse(strings.TrimSuffix(base, "/"))
		if err != nil || u.Host == "" {
			return
		}
		u.RawQuery, u.Fragment = "", ""
		u.Path = strings.TrimSuffix(u.Path, openIDName)
		root := u.Scheme + "://" + u.Host
		add(root + u.Path + openIDName)
		add(root + oauthName + u.Path)
	}
	around(p.cfg.InternalURL)
	around(p.cfg.Issuer)
	for _, path := range likelyPaths(p.issuerURL().Path) {
		around(origin(p.cfg.Issuer) + path)
	}
	if u, err := url.Parse(p.cfg.IntrospectionEndpoint); err == nil {
		for _, path := range above(u.Path) {
			around(u.Scheme + "://" + u.Host + path)
		}
	}
	return all
}

// likelyPaths are those of issuers that people mean when they write another: without what is too much, Keycloak's with
// and without the prefix that it had until version 17, and ProConnect's.
func likelyPaths(path string) []string {
	all := []string{}
	clean := strings.ToLower(path)
	for strings.Contains(clean, "//") {
		clean = strings.ReplaceAll(clean, "//", "/")
	}
	if clean != path {
		all = append(all, clean)
	}
	switch rest, isOld := strings.CutPrefix(path, "/auth/realms/"); {
	case isOld:
		all = append(all, "/realms/"+rest)
	case strings.HasPrefix(path, "/realms/"):
		all = append(all, "/auth"+path)
	case strings.Trim(path, "/") == "":
		all = append(all, "/api/v2")
	}
	return append(all, above(path)...)
}

// above are the paths above a path, the nearest first.
func above(path string) (all []string) {
	for path != "" {
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
		all = append(all, path)
	}
	return all
}

const correctIssuer = "correct OIDC_OP_URL (scheme, host, path, and the name of a realm or tenant in it); if the server publishes no metadata, set OIDC_OP_INTROSPECTION_ENDPOINT"

// explainNoMetadata says what is at the issuer in its place, where the service cannot do without.
func (p *patient) explainNoMetadata() []Finding {
	for _, s := range p.seen {
		if u, err := url.Parse(s.reply.location); err == nil && s.reply.status/100 == 3 {
			if from, err := url.Parse(s.at); err == nil && from.Scheme == "http" && u.Scheme == "https" && from.Hostname() == u.Hostname() {
				return problem(IssuerScheme, "the server sends http on to https (a redirect), which is never followed", "set OIDC_OP_URL=https"+strings.TrimPrefix(p.cfg.Issuer, "http"))
			}
			return problem(MetadataMissing, "the metadata of OIDC_OP_URL is elsewhere: there is a redirect to "+printable(s.reply.location)+", which is never followed",
				"set OIDC_OP_URL to the issuer that the metadata at the end of that redirect names")
		}
	}
	for _, s := range p.seen {
		switch r := s.reply; {
		case r.err != nil:
		case r.status >= 500:
			return problem(ServerError, fmt.Sprintf("the authorization server, or a gateway before it, is in trouble: status %d for its metadata", r.status), "look into the log of the authorization server")
		case r.status == http.StatusTooManyRequests:
			return problem(RateLimited, "the authorization server asks for fewer calls (429)", "wait a minute, then run this again")
		case r.isHTML() && r.status == http.StatusOK:
			return problem(MetadataMissing, "there is no metadata at OIDC_OP_URL: a web page answers, of a login, an application or a proxy", correctIssuer)
		}
	}
	for _, s := range p.seen {
		if s.reply.err == nil {
			return problem(MetadataMissing, fmt.Sprintf("there is no metadata at OIDC_OP_URL (status %d), nor anywhere near, so the endpoints are unknown", s.reply.status), correctIssuer)
		}
	}
	return problem(MetadataMissing, "there is no metadata at OIDC_OP_URL", correctIssuer)
}

// refusedMetadata asks the resource server itself whether it can work with metadata of the right issuer.
func (p *patient) refusedMetadata(ctx context.Context) []Finding {
	cfg := p.configured
	cfg.Observer = nil
	server, err := rs.New(cfg)
	if err != nil {
		return nil
	}
	defer func() { _ = server.Close(context.WithoutCancel(ctx)) }()
	e := rs.AsError(server.Discover(ctx))
	if e == nil {
		return nil
	}
	switch {
	case e.Reason == rs.ReasonMetadataUnavailable && p.cfg.InternalURL != "":
		p.wrong = true
		return problem(MetadataMissing, "there is metadata at OIDC_OP_URL, but none at OIDC_OP_INTERNAL_URL in its place",
			"correct OIDC_OP_INTERNAL_URL: it stands for the whole of OIDC_OP_URL, with a path of its own (here "+printable(p.issuerURL().Path)+" perhaps)")
	case e.Reason != rs.ReasonMetadataMismatch:
		return nil // keys are looked at later, and so is a failure of this moment
	}
	p.wrong = true
	found := problem(explainMismatch(e))
	found[0].Reason = e.Reason
	return found
}

func explainMismatch(e *rs.Error) (code Code, text, fix string) {
	why, ok := errors.AsType[*misfit.Error](e)
	if !ok {
		return MetadataMismatch, "the metadata lacks what the configuration needs", Hint(e.Reason)
	}
	if why.IsHTTP {
		return MetadataMismatch, "the metadata names http endpoints: over them our credentials, and tokens, could be read",
			"let the server name its https URLs (behind a proxy, it has to believe X-Forwarded-Proto), or set OIDC_OP_INTROSPECTION_ENDPOINT and OIDC_OP_JWKS_ENDPOINT"
	}
	code, fix = MetadataMismatch, why.Remedy(why.Variable)
	switch why.Field {
	case "SigningAlg":
		code = SigningAlgNotOffered
	case "ClientAuth":
		code = AuthMethodNotOffered
		fix += "; if the server takes that method all the same, set OIDC_OP_INTROSPECTION_ENDPOINT, and the list is not looked at"
	}
	return code, "the metadata cannot be used: it " + why.What(), fix
}
