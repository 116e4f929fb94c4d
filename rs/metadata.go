package rs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// metadata is what the authorization server says about itself, as far as it matters here: RFC 8414 section 2, with the
// additions of RFC 8705 section 5 and RFC 9701 section 7. A list that it does not give is nil.
type metadata struct {
	issuer            *string
	introspection     string
	mtlsIntrospection string // the alias for clients with a certificate
	jwks              string
	userInfo          string
	authMethods       []string // of the introspection endpoint
	assertionAlgs     []string // of client assertions there
	signingAlgs       []string // of introspection responses
	tokenMethods      []string // of the token endpoint, which says something where authMethods is not there
	naming            naming   // the name by which the server was called
}

// parseMetadata is as strict as everything that we read: two parsers must not find two issuers in it.
func parseMetadata(data []byte) (*metadata, error) {
	md := &metadata{}
	err := eachMember(string(data), func(name string, value member) (err error) {
		switch name {
		case "issuer":
			var issuer string
			issuer, err = value.string()
			md.issuer = &issuer
		case "introspection_endpoint":
			md.introspection, err = value.string()
		case "jwks_uri":
			md.jwks, err = value.string()
		case "userinfo_endpoint":
			if value.kind() == '"' { // not everybody needs it: whoever does finds that there is none
				md.userInfo, err = value.string()
			}
		case "introspection_endpoint_auth_methods_supported":
			md.authMethods, err = value.strings()
		case "token_endpoint_auth_methods_supported":
			md.tokenMethods, err = value.strings()
		case "introspection_endpoint_auth_signing_alg_values_supported":
			md.assertionAlgs, err = value.strings()
		case "introspection_signing_alg_values_supported":
			md.signingAlgs, err = value.strings()
		case "mtls_endpoint_aliases":
			err = value.aliases(md)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return md, nil
}

func (m member) aliases(md *metadata) error {
	if err := m.want('{'); err != nil {
		return err
	}
	return eachMember(m.text, func(name string, value member) (err error) {
		if name == "introspection_endpoint" {
			md.mtlsIntrospection, err = value.string()
		}
		return err
	})
}

// discovers says whether there is anything to find out: what is configured is not asked for.
func (cfg Config) discovers() bool {
	return cfg.IntrospectionEndpoint == "" && cfg.introspects() || cfg.discoversKeys()
}

func (cfg Config) discoversKeys() bool {
	return cfg.JWKSEndpoint == "" && (cfg.takesJWTAnswers() || cfg.AccessTokenMode != Introspect)
}

// takesJWTAnswers: the authorization server is asked, and signs what it says.
func (cfg Config) takesJWTAnswers() bool { return cfg.Format != JSON && cfg.introspects() }

// newMetadata is the authorization server's metadata, kept at hand.
func newMetadata(s *Server) *remote[metadata] {
	return newRemote(s, s.fetchMetadata, unavailable(ReasonMetadataUnavailable, "the metadata has not arrived yet"))
}

// fetchMetadata tries each place where metadata may be. An answer that is not what we look for means the next place,
// since servers answer unknown paths in many ways; no answer at all means that the others need not be tried.
func (s *Server) fetchMetadata(ctx context.Context) (md *metadata, failure *Error) {
	ctx, end := s.observe(ctx, OpFetchMetadata)
	defer func() {
		failure = recovered(recover(), failure)
		end(Event{Err: asError(failure)})
	}()
	var tried []string
	isDown := false
	for _, at := range s.wellKnown() {
		found, failed := s.fetchMetadataAt(ctx, at)
		if failed == nil {
			return found, nil
		}
		tried = append(tried, at.url+" "+failed.Err.Error())
		failure = moreTelling(failure, failed)
		status, _ := errors.AsType[statusOf](failed.Err)
		if isDown = isDown || failed.unreachable || status >= http.StatusInternalServerError; failed.unreachable {
			break
		}
	}
	told := *failure
	causes := strings.Join(tried, "; ")
	if told.Reason == ReasonMetadataUnavailable && !isDown {
		causes += ": is Config.Issuer (OIDC_OP_URL) the issuer? A server without metadata needs its endpoints configured"
	}
	told.Err = attempts{causes, failure.Err}
	return nil, &told
}

// attempts says what came of each place that was tried. What came closest is the cause.
type attempts struct {
	text    string
	closest error
}

func (a attempts) Error() string { return a.text }

func (a attempts) Unwrap() error { return a.closest }

// statusOf an answer that is no document.
type statusOf int

func (s statusOf) Error() string { return fmt.Sprintf("answered with status %d", int(s)) }

// moreTelling prefers the failure that came closest.
func moreTelling(a, b *Error) *Error {
	rank := []Reason{ReasonMetadataUnavailable, ReasonMetadataIssuer, ReasonMetadataMismatch}
	if a == nil || cmp.Compare(slices.Index(rank, b.Reason), slices.Index(rank, a.Reason)) > 0 {
		return b
	}
	return a
}

// fetchMetadataAt gets one document and accepts it only if it is this issuer's (RFC 8414 section 3.3) and complete.
func (s *Server) fetchMetadataAt(ctx context.Context, at address) (*metadata, *Error) {
	ans, failure := s.fetchDocument(ctx, at, "application/json")
	if failure != nil {
		return nil, &Error{Kind: failure.Kind, Reason: ReasonMetadataUnavailable, Err: failure.Err, unreachable: failure.unreachable}
	}
	if ans.status != http.StatusOK {
		return nil, unusable(ReasonMetadataUnavailable, statusOf(ans.status))
	}
	md, err := parseMetadata(ans.body)
	if md != nil {
		md.readAs(at)
	}
	switch {
	case err != nil:
		return nil, unusable(ReasonMetadataUnavailable, fmt.Errorf("is no metadata document (%w)", err))
	case md.issuer == nil:
		return nil, unavailable(ReasonMetadataUnavailable, "is no metadata document (it has no issuer)")
	case *md.issuer != s.cfg.Issuer:
		return nil, unavailable(ReasonMetadataIssuer,
			"is another issuer's, character by character: compare Config.Issuer (OIDC_OP_URL) with the issuer in it, the slash at the end included")
	}
	if problem := s.judgeMetadata(md); problem != nil {
		return nil, mismatch(problem)
	}
	return md, nil
}

// readAs: a server that was called in the name of an https issuer, over http inside, may say http in its links.
func (md *metadata) readAs(at address) {
	if md.naming = at.name != nil; md.naming == itsOwn || at.name.Scheme != "https" {
		return
	}
	for _, endpoint := range []*string{&md.introspection, &md.mtlsIntrospection, &md.jwks, &md.userInfo} {
		if rest, ok := strings.CutPrefix(*endpoint, "http://"+at.name.Host+"/"); ok {
			*endpoint = "https://" + at.name.Host + "/" + rest
		}
	}
}

// signingAlg is the configured algorithm; else the one that the authorization server has, if it lists but one that we have
// too; else ES256. It is pinned before any answer arrives.
func (md *metadata) signingAlg(configured string) string {
	if configured != "" {
		return configured
	}
	if len(md.signingAlgs) == 1 && supportedSigningAlg(md.signingAlgs[0]) {
		return md.signingAlgs[0]
	}
	return defaultSigningAlg
}

// introspectionFor is where, and how, a client with this configuration authenticates (RFC 8705 section 5).
func (md *metadata) introspectionFor(method ClientAuth) (string, ClientAuth) {
	listed := md.authMethods
	if listed == nil {
		listed = md.tokenMethods
	}
	method = method.choose(listed)
	if method.isTLS() && md.mtlsIntrospection != "" {
		return md.mtlsIntrospection, method
	}
	return md.introspection, method
}
