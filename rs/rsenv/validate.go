package rsenv

import (
	"os"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// validate lets rs judge the configuration, and says in terms of variables what it says in terms of fields.
func (r *reader) validate(cfg rs.Config) {
	for _, e := range rs.FieldErrors(cfg.Validate()) {
		v := r.variableOf(e.Field)
		if v == &r.vars.ClientSecret && cfg.ClientAuth == rs.ClientBearerToken {
			v = &r.vars.ClientBearerToken
		}
		if v == nil || r.isWrongInFile(v) {
			continue
		}
		problem, _, _ := strings.Cut(e.Problem, ", for example ") // wrong adds its own
		problem = inVariables.Replace(problem)
		if v == &r.vars.ClientID || v == &r.vars.ClientSecret {
			problem += r.hintAtRP(v)
		}
		r.wrong(v, problem)
	}
}

var inVariables = strings.NewReplacer(
	"is empty:", "is not set:",
	"is nil: load our signing key with keys.ParseSigner", "is not set: give it our signing key, of which the authorization server knows the public half",
	"is nil: load our certificate and its key, with tls.LoadX509KeyPair for example", "is not set: name the file with our certificate",
	"InsecureAllowHTTP", "OIDC_RS_ALLOW_HTTP=true",
	": use one like http://proxy.example:3128", "",
)

// variableOf is where a field of rs.Config comes from; nil if a variable cannot make it wrong.
func (r *reader) variableOf(field string) *spec.Variable {
	v := r.vars
	return map[string]*spec.Variable{
		"Issuer":                &v.Issuer,
		"IntrospectionEndpoint": &v.IntrospectionEndpoint,
		"JWKSEndpoint":          &v.JWKSEndpoint,
		"InternalURL":           &v.InternalURL,
		"ClientID":              &v.ClientID,
		"ClientSecret":          &v.ClientSecret,
		"ClientAuth":            &v.ClientAuthMethod,
		"ClientSigner":          &v.ClientPrivateKey,
		"ClientCertificate":     &v.ClientCertFile,
		"AcceptedScopes":        &v.Scopes,
		"AudienceClaim":         &v.AudienceClaim,
		"AllowedAudiences":      &v.AllowedAudiences,
		"TokenAudiences":        &v.TokenAudiences,
		"TokenType":             &v.RequireTokenType,
		"ClockSkew":             &v.ClockSkew,
		"LenientBase64Token":    &v.Base64Tokens,
		"MaxTokenLength":        &v.MaxTokenLength,
		"Realm":                 &v.Realm,
		"AccessTokenMode":       &v.AccessTokenMode,
		"AccessTokenAlg":        &v.AccessTokenAlgo,
		"IntrospectEvery":       &v.IntrospectEvery,
		"UserInfoEndpoint":      &v.UserEndpoint,
		"UserInfoFormat":        &v.UserEndpointFormat,
		"UserInfoAlg":           &v.UserInfoAlgo,
		"LenientKeycloak":       &v.LenientKeycloak,
		"LenientEntra":          &v.LenientEntra,
		"Format":                &v.BackendClass,
		"SigningAlg":            &v.SigningAlgo,
		"ResponseAudiences":     &v.ResponseAudiences,
		"ResponseMaxAge":        &v.ResponseMaxAge,
		"JWKSTTL":               &v.JWKSTTL,
		"JWKSCooldown":          &v.JWKSCooldown,
		"JWKSMaxStale":          &v.JWKSMaxStale,
		"InsecureSkipVerify":    &v.VerifySSL,
		"RootCAs":               &v.CAFile,
		"Timeout":               &v.Timeout,
		"Proxy":                 &v.Proxy,
		"InsecureAllowHTTP":     &v.AllowHTTP,
		"MaxResponseSize":       &v.MaxResponseSize,
		"Budget":                &v.Budget,
		"MaxConcurrent":         &v.MaxConcurrent,
		"MaxWait":               &v.MaxWait,
		"NoRetry":               &v.Retry,
		"CircuitOpen":           &v.CircuitOpen,
		"CredentialsPause":      &v.CredentialsPause,
		"StaleIfError":          &v.StaleIfError,
		"StaleHeader":           &v.StaleHeader,
		"CacheSize":             &v.CacheSize,
		"CacheTTL":              &v.CacheTTL,
		"NegativeCacheTTL":      &v.NegativeCacheTTL,
		"NegativeCacheSize":     &v.NegativeCacheSize,
		"NoRefreshAhead":        &v.RefreshAhead,
	}[field]
}

// hintAtRP helps those who follow django-lasuite's guide, which names OIDC_RP_… where its code reads OIDC_RS_….
func (r *reader) hintAtRP(v *spec.Variable) string {
	rp := strings.Replace(v.Name, "OIDC_RS_", "OIDC_RP_", 1)
	if os.Getenv(rp) == "" {
		return ""
	}
	return " (" + rp + " is for signing users in and is not read)"
}
