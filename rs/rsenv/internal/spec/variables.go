// Package spec lists the environment variables of rsenv, once. What is read, documented and checked for misspellings all
// comes from the struct tags of [Variables].
package spec

// Variables is the table. A new row needs a place in rsenv's config.go, and a run of go generate for the documentation.
//
//nolint:tagalign // a row is read like a sentence, from left to right
type Variables struct {
	Issuer                Variable `envconfig:"OIDC_OP_URL" group:"The authorization server" unset:"required" example:"https://auth.example/api/v2" desc:"issuer identifier of the authorization server, compared exactly (no normalisation)" more:"A slash at the end makes another issuer: copy it from the 'iss' of an answer or from the metadata of the server."`
	IntrospectionEndpoint Variable `envconfig:"OIDC_OP_INTROSPECTION_ENDPOINT" unset:"discovered" example:"https://auth.example/api/v2/introspection" desc:"introspection endpoint (RFC 7662)" more:"It must be https, unless it is on loopback. What is not set comes from the metadata of the issuer (RFC 8414, OpenID Connect Discovery)."`
	JWKSEndpoint          Variable `envconfig:"OIDC_OP_JWKS_ENDPOINT" unset:"discovered" example:"https://auth.example/api/v2/jwks" desc:"JWK Set of the authorization server: its signing keys" more:"Not used with 'json' answers and 'introspect'."`
	InternalURL           Variable `envconfig:"OIDC_OP_INTERNAL_URL" unset:"none" example:"http://auth:8000/api/v2" desc:"what is under 'OIDC_OP_URL' is called under this URL instead: metadata, introspection and keys" more:"For a server that has another address inside than for the world. It is called by the name of that address, or by that of 'OIDC_OP_URL' if it knows its issuer only so. Endpoints elsewhere are called as they are."`
	FailFast              Variable `envconfig:"OIDC_RS_FAIL_FAST" default:"false" example:"true" desc:"'true': 'rsctl serve' does not start without the metadata of the authorization server or, in the JWT modes, its keys" more:"Otherwise it starts, and '/readyz' says 503 until they can."`

	ClientID              Variable `envconfig:"OIDC_RS_CLIENT_ID" group:"This service at the authorization server" unset:"required, but not with 'OIDC_RS_ACCESS_TOKEN_MODE=local'" example:"documents" desc:"our client id at the introspection endpoint" more:"Not 'OIDC_RP_CLIENT_ID', which is for signing users in."`
	ClientSecret          Variable `envconfig:"OIDC_RS_CLIENT_SECRET" unset:"required with the methods 'client_secret_…'" example:"the-secret-of-your-registration" exact:"true" desc:"our client secret there" more:"Taken exactly as it is, white space and quotes included."`
	ClientSecretFile      Variable `envconfig:"OIDC_RS_CLIENT_SECRET_FILE" unset:"none" example:"/run/secrets/oidc_client_secret" desc:"path of a file with the client secret; wins over 'OIDC_RS_CLIENT_SECRET'" more:"One newline at the end is dropped."`
	ClientAuthMethod      Variable `envconfig:"OIDC_RS_CLIENT_AUTH_METHOD" unset:"'client_secret_post', unless the metadata lists only 'client_secret_basic' of the two" example:"client_secret_basic" desc:"'client_secret_post', 'client_secret_basic' (form-urlencoded, RFC 6749 section 2.3.1), 'client_secret_jwt', 'private_key_jwt' (RFC 7523), 'tls_client_auth', 'self_signed_tls_client_auth' (RFC 8705) or 'bearer'" more:"The default is what django-lasuite does; that of 'rs.Config' is 'client_secret_basic'. 'client_secret_jwt' needs a secret of 32 bytes at least."`
	ClientPrivateKey      Variable `envconfig:"OIDC_RS_CLIENT_PRIVATE_KEY_STR" unset:"required with 'private_key_jwt'" example:"-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----" desc:"our signing key: PEM, a JWK, or a JWK Set for rotation, the current key first" more:"Not the key of 'OIDC_RS_PRIVATE_KEY_STR', which decrypts. '/jwks' publishes the public half of both."`
	ClientPrivateKeyFile  Variable `envconfig:"OIDC_RS_CLIENT_PRIVATE_KEY_STR_FILE" unset:"none" example:"/run/secrets/oidc_client_key.pem" desc:"path of a file with the signing key; wins over 'OIDC_RS_CLIENT_PRIVATE_KEY_STR'"`
	ClientSigningAlgo     Variable `envconfig:"OIDC_RS_CLIENT_SIGNING_ALGO" default:"ES256" example:"PS256" desc:"JWS algorithm of the signing key, as registered at the authorization server ('token_endpoint_auth_signing_alg')" more:"ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512 or EdDSA."`
	ClientCertFile        Variable `envconfig:"OIDC_RS_CLIENT_CERT_FILE" unset:"required with the two TLS methods" example:"/run/secrets/client.crt" desc:"PEM file with our certificate and, behind it, those between it and the authority" more:"It is shown to the authorization server with every method, if that asks for one."`
	ClientKeyFile         Variable `envconfig:"OIDC_RS_CLIENT_KEY_FILE" unset:"required with 'OIDC_RS_CLIENT_CERT_FILE'" example:"/run/secrets/client.key" desc:"PEM file with the private key of that certificate"`
	ClientBearerToken     Variable `envconfig:"OIDC_RS_CLIENT_BEARER_TOKEN" unset:"required with 'bearer'" example:"the-token-of-your-registration" desc:"bearer token to authenticate with"`
	ClientBearerTokenFile Variable `envconfig:"OIDC_RS_CLIENT_BEARER_TOKEN_FILE" unset:"none" example:"/run/secrets/oidc_client_token" desc:"path of a file with the bearer token; wins over 'OIDC_RS_CLIENT_BEARER_TOKEN'" more:"Like the file of the client secret and that of the certificate, it is read again when it has changed."`

	Scopes           Variable `envconfig:"OIDC_RS_SCOPES" group:"Which tokens are good" unset:"required" example:"documents,groups" desc:"list of scopes; a token must have **at least one** of them" more:"Compared exactly and case-sensitively."`
	AudienceClaim    Variable `envconfig:"OIDC_RS_AUDIENCE_CLAIM" default:"client_id" example:"aud" desc:"claim that names the service the token comes from; must be present and not empty"`
	AllowedAudiences Variable `envconfig:"OIDC_RS_ALLOWED_AUDIENCES" unset:"any, as django-lasuite" example:"visio,drive" desc:"list of services; if set, the audience claim must hold one of them"`
	TokenAudiences   Variable `envconfig:"OIDC_RS_TOKEN_AUDIENCES" unset:"not checked" example:"https://documents.example" desc:"list; if set, the 'aud' of the token must hold one of these: the token was meant for us (RFC 9700 section 2.3)" more:"Tokens of ProConnect have no 'aud'."`
	RequireTokenType Variable `envconfig:"OIDC_RS_REQUIRE_TOKEN_TYPE" unset:"'true' with 'jwt' and 'jwt-signed', 'false' with 'json'" example:"true" desc:"refuse tokens without 'token_type'" more:"That is how oidc-provider marks refresh tokens; ZITADEL and others leave it out of every answer."`
	ClockSkew        Variable `envconfig:"OIDC_RS_CLOCK_SKEW" default:"10s" example:"10s" unusual:"5m" desc:"tolerance for 'exp', 'nbf' and an 'iat' in the future; never lengthens a cache entry; '0' means none" more:"The default of 'rs.Config' is none."`
	Base64Tokens     Variable `envconfig:"OIDC_RS_BASE64_TOKENS" default:"true" example:"false" desc:"a bearer token that is strict base64 of UTF-8 is unwrapped first, as django-lasuite does" more:"The default of 'rs.Config' is off."`
	MaxTokenLength   Variable `envconfig:"OIDC_RS_MAX_TOKEN_LENGTH" default:"8192" example:"8192" desc:"longest bearer token accepted, in bytes"`
	Realm            Variable `envconfig:"OIDC_RS_REALM" unset:"none" example:"documents" desc:"'realm' of the challenge that clients see"`

	AccessTokenMode Variable `envconfig:"OIDC_RS_ACCESS_TOKEN_MODE" group:"Who judges a token" default:"introspect" example:"local" desc:"'introspect': the authorization server, always; 'local': its keys, for JWT access tokens (RFC 9068), and nobody notices a revocation; 'local-then-introspect': its keys, and the authorization server once in every 'OIDC_RS_INTROSPECT_EVERY'" more:"'local' needs no client id and no secret, and takes no opaque tokens. Both modes need 'OIDC_RS_TOKEN_AUDIENCES'. An encrypted token is opened with 'OIDC_RS_PRIVATE_KEY_STR'."`
	AccessTokenAlgo Variable `envconfig:"OIDC_RS_ACCESS_TOKEN_ALGO" default:"RS256" example:"ES256" desc:"the one JWS algorithm accepted on JWT access tokens" more:"ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512 or EdDSA."`
	IntrospectEvery Variable `envconfig:"OIDC_RS_INTROSPECT_EVERY" default:"5m" example:"1m" unusual:"24h" desc:"the revocation delay of 'local-then-introspect'"`
	LenientKeycloak Variable `envconfig:"OIDC_RS_LENIENT_KEYCLOAK" default:"false" example:"true" desc:"'true' takes the access tokens of a Keycloak that does not send 'typ: at+jwt', with a warning at every start" more:"What tells them from other JWTs is then a claim: better switch 'Use at+jwt as access token header type' on in Keycloak."`
	LenientEntra    Variable `envconfig:"OIDC_RS_LENIENT_ENTRA" default:"false" example:"true" desc:"'true' takes the access tokens of Microsoft Entra ID, which does not send 'typ: at+jwt', with a warning at every start"`

	BackendClass       Variable `envconfig:"OIDC_RS_BACKEND_CLASS" group:"The form of the answers" default:"json" example:"jwt" desc:"'json'; 'jwt' (signed and encrypted); 'jwt-signed' (signed only); or the class paths of django-lasuite, '…ResourceServerBackend' = 'json', '…JWTResourceServerBackend' = 'jwt'" more:"An answer in any other form is refused (RFC 9701). A class of your own: name what it extends."`
	SigningAlgo        Variable `envconfig:"OIDC_RS_SIGNING_ALGO" unset:"the one that the metadata lists, if it lists just one; else 'ES256'" example:"RS256" desc:"the one JWS algorithm accepted on answers" more:"ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512 or EdDSA."`
	EncryptionAlgo     Variable `envconfig:"OIDC_RS_ENCRYPTION_ALGO" default:"RSA-OAEP" example:"ECDH-ES" desc:"JWE key management: 'RSA-OAEP', 'RSA-OAEP-256' or 'ECDH-ES'"`
	EncryptionEncoding Variable `envconfig:"OIDC_RS_ENCRYPTION_ENCODING" default:"A256GCM" example:"A256GCM" desc:"JWE content encryption" more:"A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512."`
	EncryptionKeyType  Variable `envconfig:"OIDC_RS_ENCRYPTION_KEY_TYPE" default:"RSA" example:"EC" desc:"'RSA', 'EC' or 'OKP': what the private key must be" more:"It must fit the key and the algorithm: RSA for RSA-OAEP, EC or OKP for ECDH-ES."`
	PrivateKey         Variable `envconfig:"OIDC_RS_PRIVATE_KEY_STR" unset:"required with 'jwt'" example:"-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----" desc:"our private key: PEM (PKCS#8, PKCS#1, SEC 1), a JWK, or a JWK Set for rotation, the current key first" more:"Line breaks may be written as '\\n'. It is read in every mode, because '/jwks' publishes its public half."`
	PrivateKeyFile     Variable `envconfig:"OIDC_RS_PRIVATE_KEY_STR_FILE" unset:"none" example:"/run/secrets/oidc_private_key.pem" desc:"path of a file with the private key; wins over 'OIDC_RS_PRIVATE_KEY_STR'"`
	ResponseAudiences  Variable `envconfig:"OIDC_RS_RESPONSE_AUDIENCES" unset:"the client id" example:"documents,https://documents.example" desc:"list of our own identifiers, one of which must be in the 'aud' of a JWT answer"`
	ResponseMaxAge     Variable `envconfig:"OIDC_RS_RESPONSE_MAX_AGE" default:"2m" example:"2m" unusual:"1h" desc:"greatest age of a JWT answer by its 'iat' (replay)"`
	JWKSTTL            Variable `envconfig:"OIDC_RS_JWKS_TTL" default:"10m" example:"10m" unusual:"24h" desc:"how long the keys, and the metadata, of the authorization server are used before a refresh"`
	JWKSCooldown       Variable `envconfig:"OIDC_RS_JWKS_COOLDOWN" default:"30s" example:"30s" unusual:"1h" desc:"least time between two fetches caused by an unknown 'kid'; '0' means none"`
	JWKSMaxStale       Variable `envconfig:"OIDC_RS_JWKS_MAX_STALE" default:"24h" example:"24h" unusual:"168h" desc:"how long keys are used beyond 'OIDC_RS_JWKS_TTL' while no new ones can be had; '0' means not at all"`

	UserEndpoint       Variable `envconfig:"OIDC_OP_USER_ENDPOINT" group:"What it says about the user" unset:"discovered when it is first needed" example:"https://auth.example/api/v2/userinfo" desc:"UserInfo endpoint (OpenID Connect Core section 5.3), for 'Server.UserInfo'" more:"It is called with the token of the request, and by applications that ask for it only."`
	UserEndpointFormat Variable `envconfig:"OIDC_OP_USER_ENDPOINT_FORMAT" default:"json" example:"jwt" desc:"'json'; 'jwt' (signed, as django-lasuite has it); or 'jwt-encrypted' (signed, then encrypted to 'OIDC_RS_PRIVATE_KEY_STR')" more:"'auto', the default of django-lasuite, means 'json' here: who answers does not choose whether there is a signature. An answer in any other form is refused."`
	UserInfoAlgo       Variable `envconfig:"OIDC_RS_USER_INFO_ALGO" default:"RS256" example:"ES256" desc:"the one JWS algorithm accepted on UserInfo answers" more:"ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512 or EdDSA."`

	VerifySSL       Variable `envconfig:"OIDC_VERIFY_SSL" group:"The way to the authorization server" default:"true" example:"true" desc:"'false' switches certificate checks off, with a warning at every start" more:"Whoever is on the way can then answer in the place of the authorization server. For a private authority use 'OIDC_RS_CA_FILE'."`
	CAFile          Variable `envconfig:"OIDC_RS_CA_FILE" unset:"none" example:"/etc/ssl/private-ca.pem" desc:"PEM file of certificate authorities to trust beside those of the system"`
	Timeout         Variable `envconfig:"OIDC_TIMEOUT" default:"5s" example:"5s" unusual:"1m" desc:"limit for a whole introspection call"`
	Proxy           Variable `envconfig:"OIDC_PROXY" unset:"the usual 'HTTPS_PROXY' variables" example:"http://proxy.example:3128" desc:"URL of a forward proxy"`
	AllowHTTP       Variable `envconfig:"OIDC_RS_ALLOW_HTTP" default:"false" example:"true" desc:"'true' allows http endpoints beyond loopback, for an internal network, with a warning at every start"`
	MaxResponseSize Variable `envconfig:"OIDC_RS_MAX_RESPONSE_SIZE" default:"1048576" example:"1048576" desc:"longest answer accepted, in bytes"`

	Budget           Variable `envconfig:"OIDC_RS_BUDGET" group:"When the authorization server is in trouble" unset:"as 'OIDC_TIMEOUT'" example:"5s" unusual:"1m" desc:"limit for a whole decision, with waiting, a retry and the fetch of keys"`
	MaxConcurrent    Variable `envconfig:"OIDC_RS_MAX_CONCURRENT" default:"64" example:"64" desc:"calls to the authorization server at once; '0' means no bound"`
	MaxWait          Variable `envconfig:"OIDC_RS_MAX_WAIT" default:"2s" example:"2s" unusual:"1m" desc:"longest wait for a place among those calls; '0' means none"`
	Retry            Variable `envconfig:"OIDC_RS_RETRY" default:"true" example:"false" desc:"repeat a call once that was cut off or met a gateway in trouble"`
	CircuitOpen      Variable `envconfig:"OIDC_RS_CIRCUIT_OPEN" default:"5s" example:"5s" unusual:"10m" desc:"how long the authorization server is not asked after too many failures; '0' switches the circuit breaker off"`
	CredentialsPause Variable `envconfig:"OIDC_RS_CREDENTIALS_PAUSE" default:"10s" example:"10s" unusual:"10m" desc:"how long it is not asked after it refused our credentials; '0' means it is asked at once"`
	StaleIfError     Variable `envconfig:"OIDC_RS_STALE_IF_ERROR" default:"0" example:"5m" unusual:"24h" desc:"how long beyond 'OIDC_RS_CACHE_TTL', never past 'exp', a good answer may be used while the authorization server cannot give a new one; '0' means not at all" more:"It lengthens the revocation delay during an outage."`
	StaleHeader      Variable `envconfig:"OIDC_RS_STALE_HEADER" unset:"none" example:"X-Auth-Stale" desc:"response header that says 'stale' in that case"`

	CacheSize         Variable `envconfig:"OIDC_RS_CACHE_SIZE" group:"What is remembered" default:"10000" example:"10000" desc:"answers kept; '0' switches the cache off"`
	CacheTTL          Variable `envconfig:"OIDC_RS_CACHE_TTL" default:"30s" example:"30s" unusual:"1h" desc:"longest time an answer is served from the cache = the revocation delay; never past 'exp'; '0' means none"`
	NegativeCacheTTL  Variable `envconfig:"OIDC_RS_NEGATIVE_CACHE_TTL" default:"5s" example:"5s" unusual:"1h" desc:"the same for 'active: false'"`
	NegativeCacheSize Variable `envconfig:"OIDC_RS_NEGATIVE_CACHE_SIZE" default:"1000" example:"1000" desc:"answers 'active: false' kept, beside the others; '0' means none"`
	RefreshAhead      Variable `envconfig:"OIDC_RS_REFRESH_AHEAD" default:"true" example:"false" desc:"ask anew, beside the requests, for a token that is used in the last fifth of 'OIDC_RS_CACHE_TTL'"`

	ConfigFile Variable `envconfig:"OIDC_RS_CONFIG_FILE" group:"rsctl serve" unset:"none: one issuer, by these variables" example:"/etc/documents/issuers.json" desc:"path of a JSON file with several issuers, for 'rsctl'" more:"Of the environment only 'OIDC_RS_REALM', 'OIDC_RS_FAIL_FAST' and this section count then. See 'docs/how-to/several-issuers.md'."`
	Listen     Variable `envconfig:"OIDC_RS_LISTEN" default:"127.0.0.1:8080" example:"0.0.0.0:8080" desc:"address of 'rsctl serve'"`
	LogLevel   Variable `envconfig:"OIDC_RS_LOG_LEVEL" default:"info" example:"debug" desc:"'error', 'warn', 'info', 'debug' or 'trace'"`
	LogFormat  Variable `envconfig:"OIDC_RS_LOG_FORMAT" default:"text" example:"json" desc:"'text' or 'json'"`
}
