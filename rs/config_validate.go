package rs

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// FieldError is one thing wrong with a [Config]. It never contains the value of a secret.
type FieldError struct {
	Field   string // name of the field of Config
	Problem string // what is wrong and what to do, for whoever writes the configuration
}

// Error names the field and the problem.
func (e *FieldError) Error() string { return "rs: Config." + e.Field + " " + e.Problem }

// FieldErrors lists every *FieldError in an error of [New] or [Config.Validate], in the order of the fields.
func FieldErrors(err error) []*FieldError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*FieldError
		for _, each := range joined.Unwrap() {
			all = append(all, FieldErrors(each)...)
		}
		return all
	}
	if e, ok := errors.AsType[*FieldError](err); ok {
		return []*FieldError{e}
	}
	return nil
}

// Validate reports every problem at once, as joined *FieldErrors. [New] calls it.
func (cfg Config) Validate() error {
	v := &validation{cfg: cfg}
	v.identity()
	v.client()
	v.format()
	v.accessToken()
	v.userInfo()
	v.acceptance()
	v.limits()
	return errors.Join(v.problems...)
}

type validation struct {
	cfg      Config
	problems []error
}

func (v *validation) add(field, problem string) {
	v.problems = append(v.problems, &FieldError{field, problem})
}

func (v *validation) identity() {
	if v.cfg.Issuer == "" {
		v.add("Issuer", "is empty: set the issuer identifier of the authorization server, for example https://auth.example/api/v2")
	} else if u, err := url.Parse(v.cfg.Issuer); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		v.add("Issuer", "is no absolute URL: copy it exactly from the authorization server's metadata")
	} else if v.cfg.discovers() || v.cfg.InternalURL != "" {
		v.base("Issuer", v.cfg.Issuer)
	}
	v.endpoint("IntrospectionEndpoint", v.cfg.IntrospectionEndpoint)
	v.endpoint("JWKSEndpoint", v.cfg.JWKSEndpoint)
	v.base("InternalURL", v.cfg.InternalURL)
	if v.cfg.introspects() {
		if v.cfg.ClientID == "" {
			v.add("ClientID", "is empty: set the client id given to this service at its registration")
		}
		v.credentials()
	}
	if v.cfg.Proxy != nil && (v.cfg.Proxy.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, v.cfg.Proxy.Scheme)) {
		v.add("Proxy", "is no proxy URL: use one like http://proxy.example:3128")
	}
}

// credentials: what the method uses, and nothing that would be left unused by mistake.
func (v *validation) credentials() {
	method, secret := v.cfg.ClientAuth, v.cfg.ClientSecret
	dynamic := v.cfg.ClientSecretFrom != nil
	switch {
	case method > ClientBearerToken:
		v.add("ClientAuth", "is unknown: use ClientSecretBasic or another constant of this package")
	case method.usesSecret() && secret == "" && !dynamic:
		v.add("ClientSecret", "is empty: set the client secret given to this service at its registration")
	case method == ClientSecretJWT && len(secret) < keys.MinSecret && !dynamic:
		v.add("ClientSecret", "is too short for client_secret_jwt: RFC 7518 section 3.2 wants 32 bytes at least")
	case method == ClientBearerToken && !dynamic && !isB64Token(string(secret)):
		v.add("ClientSecret", "is no bearer token: it has a character that a header cannot carry")
	case method == PrivateKeyJWT && v.cfg.ClientSigner == nil:
		v.add("ClientSigner", "is nil: load our signing key with keys.ParseSigner")
	case method.isTLS() && v.cfg.ClientCertificate == nil && v.cfg.HTTPClient == nil:
		v.add("ClientCertificate", "is nil: load our certificate and its key, with tls.LoadX509KeyPair for example")
	}
}

// client: what is said of our own client has no meaning for another, which would go without a proxy, or trust other
// authorities.
func (v *validation) client() {
	if v.cfg.HTTPClient == nil {
		return
	}
	for _, unused := range [...]struct {
		field string
		set   bool
	}{
		{"ClientCertificate", v.cfg.ClientCertificate != nil},
		{"Proxy", v.cfg.Proxy != nil},
		{"RootCAs", v.cfg.RootCAs != nil},
		{"InsecureSkipVerify", v.cfg.InsecureSkipVerify},
	} {
		if unused.set {
			v.add(unused.field, "is not used with HTTPClient: give it to that client's transport (or leave HTTPClient nil; WrapTransport puts something around ours)")
		}
	}
}

func (v *validation) format() {
	switch v.cfg.Format {
	case JSON:
	case JWT, JWTSigned:
		v.signingAlg("SigningAlg", v.cfg.SigningAlg)
	default:
		v.add("Format", "is unknown: use JSON, JWT or JWTSigned")
	}
	if v.cfg.Format == JWT && v.cfg.Decrypter == nil && v.cfg.introspects() {
		v.add("Decrypter", "is nil: answers are encrypted to our private key, so load one with keys.Parse (or choose JWTSigned)")
	}
	v.names("ResponseAudiences", v.cfg.ResponseAudiences)
}

// accessToken: without a list of our own audiences, local validation would take tokens that were meant for anybody.
func (v *validation) accessToken() {
	if v.cfg.AccessTokenMode > LocalThenIntrospect {
		v.add("AccessTokenMode", "is unknown: use Introspect, Local or LocalThenIntrospect")
	}
	if v.cfg.AccessTokenMode == Introspect {
		return
	}
	if len(v.cfg.TokenAudiences) == 0 {
		v.add("TokenAudiences", "is empty: local validation needs the audience that the authorization server writes into tokens for this service (RFC 9068 section 4)")
	}
	v.signingAlg("AccessTokenAlg", v.cfg.AccessTokenAlg)
	if v.cfg.IntrospectEvery < 0 {
		v.add("IntrospectEvery", "is negative: this limit cannot be switched off; leave it zero for the default, or use Local")
	}
}

func (v *validation) userInfo() {
	v.endpoint("UserInfoEndpoint", v.cfg.UserInfoEndpoint)
	if v.cfg.UserInfoFormat > JWTSigned {
		v.add("UserInfoFormat", "is unknown: use JSON, JWT or JWTSigned")
	}
	if asBefore := v.cfg.Format == JWT && v.cfg.introspects(); v.cfg.UserInfoFormat == JWT && v.cfg.Decrypter == nil && !asBefore {
		v.add("Decrypter", "is nil: UserInfo answers are encrypted to our private key, so load one with keys.Parse (or choose JWTSigned)")
	}
	v.signingAlg("UserInfoAlg", v.cfg.UserInfoAlg)
}

func (v *validation) acceptance() {
	if len(v.cfg.AcceptedScopes) == 0 {
		v.add("AcceptedScopes", "is empty: name at least one scope, or every token of the authorization server would do")
	}
	for _, s := range v.cfg.AcceptedScopes {
		if !isScopeToken(s) {
			v.add("AcceptedScopes", "contains a scope that is empty or has a character outside RFC 6749 section 3.3 (no spaces, quotes or backslashes)")
			break
		}
	}
	v.names("AllowedAudiences", v.cfg.AllowedAudiences)
	v.names("TokenAudiences", v.cfg.TokenAudiences)
	if v.cfg.TokenType > TokenTypeOptional {
		v.add("TokenType", "is unknown: use TokenTypeByFormat, TokenTypeRequired or TokenTypeOptional")
	}
	if strings.ContainsFunc(v.cfg.Realm, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		v.add("Realm", "has a character that a header cannot carry: use printable ASCII")
	}
}

// limits: what must not be switched off.
func (v *validation) limits() {
	for _, l := range [...]struct {
		field string
		off   bool
	}{
		{"Timeout", v.cfg.Timeout < 0},
		{"MaxResponseSize", v.cfg.MaxResponseSize < 0},
		{"MaxTokenLength", v.cfg.MaxTokenLength < 0},
		{"ResponseMaxAge", v.cfg.ResponseMaxAge < 0},
		{"JWKSTTL", v.cfg.JWKSTTL < 0},
		{"Budget", v.cfg.Budget < 0},
	} {
		if l.off {
			v.add(l.field, "is negative: this limit cannot be switched off; leave it zero for the default")
		}
	}
	v.entries("CacheSize", v.cfg.CacheSize)
	v.entries("NegativeCacheSize", v.cfg.NegativeCacheSize)
	if v.cfg.StaleIfError < 0 {
		v.add("StaleIfError", "is negative: use zero for none")
	}
	if v.cfg.StaleHeader != "" && !isToken(v.cfg.StaleHeader) {
		v.add("StaleHeader", "is no header name: use letters, digits and hyphens")
	}
	if v.cfg.ClockSkew < 0 {
		v.add("ClockSkew", "is negative: use zero for none")
	}
}

func (v *validation) entries(field string, size int) {
	if size > maxEntries {
		v.add(field, tooManyEntries)
	}
}

func (v *validation) signingAlg(field, alg string) {
	if alg != "" && !supportedSigningAlg(alg) {
		v.add(field, "is not supported: use one of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA, Ed25519")
	}
}

func (v *validation) names(field string, list []string) {
	if slices.Contains(list, "") {
		v.add(field, "contains an empty string: remove it")
	}
}

func (v *validation) endpoint(field, raw string) {
	if raw == "" {
		return
	}
	if problem := endpointProblem(raw, v.cfg.InsecureAllowHTTP); problem != "" {
		v.add(field, problem)
	}
}

// base: a URL that others are made of (RFC 8414 section 2: no query, no fragment).
func (v *validation) base(field, raw string) {
	if strings.Contains(raw, "?") {
		v.add(field, "contains a query: remove the part from ? on")
		return
	}
	v.endpoint(field, raw)
}

const isHTTP = "is http: use https (or InsecureAllowHTTP, on a network where nobody can listen or answer in its place)"

// endpointProblem: https, because whoever can answer for the authorization server decides who gets in (RFC 7662 section 4).
func endpointProblem(raw string, allowHTTP bool) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "is no absolute https URL"
	case u.User != nil:
		return "contains a user name or password: remove it, credentials have fields of their own"
	case strings.Contains(raw, "#"):
		return "contains a fragment: remove the part from # on"
	case u.Scheme == "http" && !isLoopback(u.Hostname()) && !allowHTTP:
		return isHTTP
	}
	return ""
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// isScopeToken: RFC 6749 section 3.3.
func isScopeToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}
