package rsenv

import (
	"crypto/x509"
	"net/url"
	"strings"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

// config is all of rs.Config but the Decrypter.
func (r *reader) config() rs.Config {
	v := r.vars
	cfg := rs.Config{
		Issuer:                v.Issuer.Value,
		IntrospectionEndpoint: v.IntrospectionEndpoint.Value,
		InternalURL:           v.InternalURL.Value,
		ClientID:              v.ClientID.Value,
		ClientAuth:            r.clientAuth(),

		AcceptedScopes:     r.list(&v.Scopes),
		AudienceClaim:      v.AudienceClaim.Value,
		AllowedAudiences:   r.audiences(&v.AllowedAudiences),
		TokenAudiences:     r.audiences(&v.TokenAudiences),
		TokenType:          r.tokenType(),
		ClockSkew:          r.duration(&v.ClockSkew),
		LenientBase64Token: r.boolean(&v.Base64Tokens),
		MaxTokenLength:     r.size(&v.MaxTokenLength),
		Realm:              v.Realm.Value,

		AccessTokenMode: r.accessTokenMode(),
		AccessTokenAlg:  v.AccessTokenAlgo.Value,
		IntrospectEvery: r.limit(&v.IntrospectEvery),
		LenientKeycloak: r.lenientTyp(&v.LenientKeycloak),
		LenientEntra:    r.lenientTyp(&v.LenientEntra),

		Format:            r.format(),
		SigningAlg:        r.signingAlg(),
		ResponseAudiences: r.audiences(&v.ResponseAudiences),
		ResponseMaxAge:    r.limit(&v.ResponseMaxAge),
		JWKSTTL:           r.limit(&v.JWKSTTL),
		JWKSCooldown:      orNone(r.duration(&v.JWKSCooldown)),
		JWKSMaxStale:      orNone(r.duration(&v.JWKSMaxStale)),

		UserInfoEndpoint: v.UserEndpoint.Value,
		UserInfoFormat:   r.userInfoFormat(),
		UserInfoAlg:      v.UserInfoAlgo.Value,

		InsecureSkipVerify: r.insecureSkipVerify(),
		RootCAs:            r.rootCAs(),
		Timeout:            r.limit(&v.Timeout),
		Proxy:              r.proxy(),
		InsecureAllowHTTP:  r.insecureAllowHTTP(),
		MaxResponseSize:    int64(r.size(&v.MaxResponseSize)),

		Budget:           r.budget(),
		MaxConcurrent:    orNone(r.number(&v.MaxConcurrent)),
		MaxWait:          orNone(r.duration(&v.MaxWait)),
		NoRetry:          !r.boolean(&v.Retry),
		CircuitOpen:      orNone(r.duration(&v.CircuitOpen)),
		CredentialsPause: orNone(r.duration(&v.CredentialsPause)),
		StaleIfError:     r.duration(&v.StaleIfError),
		StaleHeader:      v.StaleHeader.Value,

		CacheSize:         orNone(r.number(&v.CacheSize)),
		CacheTTL:          orNone(r.duration(&v.CacheTTL)),
		NegativeCacheTTL:  orNone(r.duration(&v.NegativeCacheTTL)),
		NegativeCacheSize: orNone(r.number(&v.NegativeCacheSize)),
		NoRefreshAhead:    !r.boolean(&v.RefreshAhead),
	}
	if cfg.Format != rs.JSON || cfg.AccessTokenMode != rs.Introspect || cfg.UserInfoFormat != rs.JSON { // a .env file with plain JSON may name one that nobody uses, by http for example
		cfg.JWKSEndpoint = v.JWKSEndpoint.Value
	}
	r.credentials(&cfg)
	return cfg
}

// budget is zero, and so the timeout, if it is not set.
func (r *reader) budget() time.Duration {
	if r.vars.Budget.Value == "" {
		return 0
	}
	return r.limit(&r.vars.Budget)
}

// format takes our own names and django-lasuite's class paths. A class of the application's own is refused: what it
// changes in its base class, nobody here can know.
func (r *reader) format() rs.Format {
	v := &r.vars.BackendClass
	switch class := v.Value[strings.LastIndexByte(v.Value, '.')+1:]; {
	case strings.EqualFold(v.Value, "json"), class == "ResourceServerBackend":
		return rs.JSON
	case strings.EqualFold(v.Value, "jwt"), class == "JWTResourceServerBackend":
		return rs.JWT
	case strings.EqualFold(v.Value, "jwt-signed"):
		return rs.JWTSigned
	}
	r.wrong(v, "is not one of json, jwt, jwt-signed or the class paths of django-lasuite (of a class of your own, name what it extends)")
	return rs.JSON
}

func (r *reader) accessTokenMode() rs.AccessTokenMode {
	return choose(r, &r.vars.AccessTokenMode, rs.Introspect, rs.Local, rs.LocalThenIntrospect)
}

// userInfoFormat: django-lasuite's AUTO goes by the Content-Type of the answer, so that whoever answers chooses to go without a
// signature. It is taken, since it is the default in every .env file there, and means the weakest of what it allows.
func (r *reader) userInfoFormat() rs.Format {
	switch r.choice(&r.vars.UserEndpointFormat, "auto", "json", "jwt", "jwt-encrypted") {
	case "jwt":
		return rs.JWTSigned
	case "jwt-encrypted":
		return rs.JWT
	}
	return rs.JSON
}

func (r *reader) lenientTyp(v *spec.Variable) bool {
	lenient := r.boolean(v)
	if lenient {
		r.warnings = append(r.warnings, v.Name+" is true: what tells an access token from other JWTs of the authorization server is a claim and not typ")
	}
	return lenient
}

// signingAlg leaves a choice only where there is metadata to make it.
func (r *reader) signingAlg() string {
	v := r.vars
	if v.SigningAlgo.Value == "" && v.IntrospectionEndpoint.Value != "" && v.JWKSEndpoint.Value != "" {
		return "ES256"
	}
	return v.SigningAlgo.Value
}

func (r *reader) clientAuth() rs.ClientAuth {
	switch v := r.vars; {
	case v.ClientAuthMethod.Value != "":
	case v.IntrospectionEndpoint.Value != "":
		return rs.ClientSecretPost // as django-lasuite
	default:
		return rs.ClientSecretByMetadata
	}
	return choose(r, &r.vars.ClientAuthMethod, rs.ClientSecretPost, rs.ClientSecretBasic, rs.ClientSecretJWT, rs.PrivateKeyJWT,
		rs.TLSClientAuth, rs.SelfSignedTLSClientAuth, rs.ClientBearerToken)
}

func (r *reader) tokenType() rs.TokenTypeRule {
	v := &r.vars.RequireTokenType
	switch required := r.boolean(v); {
	case v.Value == "":
		return rs.TokenTypeByFormat
	case required:
		return rs.TokenTypeRequired
	}
	return rs.TokenTypeOptional
}

func (r *reader) insecureSkipVerify() bool {
	v := &r.vars.VerifySSL
	verify := r.boolean(v)
	if !verify {
		r.warnings = append(r.warnings, v.Name+" is false: certificates are not checked, so whoever is on the way can answer in the place of "+
			"the authorization server and let anybody in; for a private authority set it to true, and "+r.vars.CAFile.Name)
	}
	return !verify
}

func (r *reader) insecureAllowHTTP() bool {
	v := &r.vars.AllowHTTP
	allow := r.boolean(v)
	if allow {
		r.warnings = append(r.warnings, v.Name+" is true: with an http endpoint, whoever is on the way can read tokens and the client secret, "+
			"and answer in the place of the authorization server")
	}
	return allow
}

// rootCAs are the system's with those of the file; nil, the system's, without a file.
func (r *reader) rootCAs() *x509.CertPool {
	v := &r.vars.CAFile
	if v.Value == "" {
		return nil
	}
	pem, ok := r.file(v)
	if !ok {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a container without certificates of its own
	}
	if !pool.AppendCertsFromPEM(pem) {
		r.wrong(v, "names a file without a certificate in PEM")
	}
	return pool
}

// proxy may hold a password, and errors of net/url quote what they parse.
func (r *reader) proxy() *url.URL {
	v := &r.vars.Proxy
	if v.Value == "" {
		return nil
	}
	u, err := url.Parse(v.Value)
	if err != nil {
		r.wrong(v, "is no URL")
		return nil
	}
	return u
}
