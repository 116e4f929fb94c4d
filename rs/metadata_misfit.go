package rs

import (
	"slices"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/misfit"
)

// judgeMetadata says what keeps the two of us from working together. What is configured is not looked up, and a list that
// is not there proves nothing.
func (s *Server) judgeMetadata(md *metadata) *misfit.Error {
	cfg := &s.cfg
	if cfg.IntrospectionEndpoint == "" && cfg.introspects() {
		endpoint, method := md.introspectionFor(cfg.ClientAuth)
		if problem := cfg.endpointMisfit("introspection_endpoint", endpoint, "IntrospectionEndpoint", "OIDC_OP_INTROSPECTION_ENDPOINT"); problem != nil {
			return problem
		}
		if md.authMethods != nil && method.isRegistered() && !slices.Contains(md.authMethods, method.String()) {
			return &misfit.Error{
				Member: "introspection_endpoint_auth_methods_supported", Lacks: method.String(), Field: "ClientAuth", Variable: "OIDC_RS_CLIENT_AUTH_METHOD",
			}
		}
		if method.isAssertion() && md.assertionAlgs != nil && !slices.Contains(md.assertionAlgs, cfg.assertionAlg(method)) {
			return cfg.assertionMisfit(method)
		}
	}
	if cfg.discoversKeys() {
		if problem := cfg.jwksMisfit(md); problem != nil {
			return problem
		}
	}
	if alg := md.signingAlg(cfg.SigningAlg); cfg.takesJWTAnswers() && md.signingAlgs != nil && !slices.Contains(md.signingAlgs, alg) {
		return &misfit.Error{Member: "introspection_signing_alg_values_supported", Lacks: alg, Field: "SigningAlg", Variable: "OIDC_RS_SIGNING_ALGO"}
	}
	return nil
}

// assertionMisfit: another key may do, but a secret signs with HS256 only.
func (cfg Config) assertionMisfit(method ClientAuth) *misfit.Error {
	why := &misfit.Error{
		Member: "introspection_endpoint_auth_signing_alg_values_supported", Lacks: cfg.assertionAlg(method),
		Field: "ClientSigner", Variable: "OIDC_RS_CLIENT_SIGNING_ALGO",
	}
	if method == ClientSecretJWT {
		why.Field, why.Variable = "ClientAuth", "OIDC_RS_CLIENT_AUTH_METHOD"
	}
	return why
}

func (cfg Config) jwksMisfit(md *metadata) *misfit.Error {
	return cfg.endpointMisfit("jwks_uri", md.jwks, "JWKSEndpoint", "OIDC_OP_JWKS_ENDPOINT")
}

// endpointMisfit is nil for an endpoint that can be called.
func (cfg Config) endpointMisfit(member, endpoint, field, variable string) *misfit.Error {
	why := &misfit.Error{Member: member, Field: field, Variable: variable}
	if endpoint == "" {
		return why
	}
	if why.Problem = endpointProblem(endpoint, cfg.InsecureAllowHTTP); why.Problem == "" {
		return nil
	}
	why.IsHTTP = why.Problem == isHTTP
	return why
}

// mismatch: the metadata and our configuration do not go together, which an operator has to settle.
func mismatch(cause error) *Error {
	return &Error{Kind: ErrInternal, Reason: ReasonMetadataMismatch, innocent: true, Err: cause}
}
