package rs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Discover fetches now what the [Server] would otherwise fetch at the first request: the authorization server's metadata, if
// the configuration leaves an endpoint to it, and its keys, for the JWT formats and for local validation. Call it at the
// start to fail fast; without it, an application starts even while its authorization server is down. The error is an *[Error].
func (s *Server) Discover(ctx context.Context) error {
	if s.metadata != nil {
		if _, failure := s.metadata.get(ctx); failure != nil {
			return failure.own()
		}
	}
	for _, each := range s.keySets() {
		if _, failure := each.get(ctx); failure != nil {
			return failure.own()
		}
	}
	return nil
}

// keySets are those in use.
func (s *Server) keySets() (all []*keySet) {
	if s.cfg.takesJWTAnswers() {
		all = append(all, s.keys)
	}
	if s.cfg.AccessTokenMode != Introspect {
		all = append(all, s.tokenKeys)
	}
	return all
}

// hasKeys is nil once there are keys, where nothing can be decided without them.
func (s *Server) hasKeys() error {
	if s.cfg.AccessTokenMode != Local {
		return nil
	}
	return s.tokenKeys.atHand()
}

// own is a copy for a caller that may change it.
func (e *Error) own() error {
	copied := *e
	return &copied
}

// isDiscovered is nil once there is metadata, where it is needed.
func (s *Server) isDiscovered() error {
	if s.metadata == nil {
		return nil
	}
	return s.metadata.atHand()
}

// anyMetadata is the metadata, also where the decision on tokens does not need it. Only where it does, or where there is an
// InternalURL, has [Config.Validate] looked at the issuer as a URL to call.
func (s *Server) anyMetadata(ctx context.Context) (*metadata, *Error) {
	if problem := endpointProblem(s.cfg.Issuer, s.cfg.InsecureAllowHTTP); problem != "" {
		return nil, mismatch(errors.New("there is no metadata, since Config.Issuer " + problem + ": set Config.UserInfoEndpoint and Config.JWKSEndpoint"))
	}
	return s.users.metadata.get(ctx)
}

// asker is where and how to introspect.
type asker struct {
	at     address
	method ClientAuth
}

// introspectionEndpoint is as configured, else as discovered.
func (s *Server) introspectionEndpoint(ctx context.Context) (asker, *Error) {
	if s.cfg.IntrospectionEndpoint != "" {
		return asker{s.inside.address(s.cfg.IntrospectionEndpoint, itsOwn), s.cfg.ClientAuth.choose(nil)}, nil
	}
	md, failure := s.metadata.get(ctx)
	if failure != nil {
		return asker{}, failure
	}
	endpoint, method := md.introspectionFor(s.cfg.ClientAuth)
	return asker{s.inside.address(endpoint, md.naming), method}, nil
}

// keySource is where the keys are, and the algorithm that they are for.
type keySource struct {
	at  address
	alg string
}

// jwksEndpoint is as configured, else as discovered; so is an alg that is empty.
func (s *Server) jwksEndpoint(ctx context.Context, alg string) (keySource, *Error) {
	md := &metadata{}
	alg = cmp.Or(alg, s.cfg.SigningAlg)
	if s.cfg.JWKSEndpoint == "" || s.metadata != nil && alg == "" {
		var failure *Error
		if md, failure = s.anyMetadata(ctx); failure != nil {
			return keySource{}, failure
		}
	}
	alg = md.signingAlg(alg)
	if s.cfg.JWKSEndpoint != "" {
		return keySource{s.inside.address(s.cfg.JWKSEndpoint, itsOwn), alg}, nil
	}
	if problem := s.cfg.jwksMisfit(md); problem != nil {
		return keySource{}, mismatch(fmt.Errorf("the metadata %w", problem))
	}
	return keySource{s.inside.address(md.jwks, md.naming), alg}, nil
}

// doubt has the metadata looked at again soon, after a failure at an endpoint that was discovered and not configured: it may have moved.
func (s *Server) doubt(configured string, failure *Error) {
	isCaller := failure.Reason == ReasonCanceled
	if configured == "" && !isCaller && (failure.Kind == ErrUnavailable || failure.Reason == ReasonClientCredentials) {
		s.users.metadata.doubt()
	}
}

// wellKnown lists where an issuer's metadata may be, in the order in which they are tried: RFC 8414 section 3 inserts its name
// before the issuer's path; OpenID Connect Discovery section 4 appends its own; RFC 8414 section 5 inserts that too. For an
// issuer without a path, the last two are one. At an internal address, all are tried once more in the issuer's name.
func (s *Server) wellKnown() []address {
	const oauth, oidc = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	base := s.cfg.Issuer
	if s.inside != nil {
		base = s.inside.target
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil // validated
	}
	origin, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	all := []address{{url: origin + oauth + path}, {url: origin + path + oidc}}
	if path != "" {
		all = append(all, address{url: origin + oidc + path})
	}
	if s.inside != nil {
		for _, each := range slices.Clone(all) {
			all = append(all, address{each.url, s.inside.issuer})
		}
	}
	return all
}
