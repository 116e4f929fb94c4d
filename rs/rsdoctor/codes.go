package rsdoctor

// Code names a finding, in a closed set of stable words. docs/reference/findings.md lists them.
type Code string

// The settings by themselves.
const (
	SettingMissing         Code = "setting_missing"
	SettingWrong           Code = "setting_wrong"
	SettingUnknown         Code = "setting_unknown"
	SettingWithoutEffect   Code = "setting_without_effect"
	SettingTwice           Code = "setting_twice"
	SettingUnusual         Code = "setting_unusual"
	FileReadable           Code = "file_readable"
	KeyUnusable            Code = "key_unusable"
	KeyType                Code = "key_type"
	KeyRoundTrip           Code = "key_round_trip"
	SecretWrapped          Code = "secret_wrapped"
	SecretEncoded          Code = "secret_encoded"
	CertificateExpired     Code = "client_certificate_expired"
	CertificateExpiresSoon Code = "client_certificate_expires_soon"
	CertificateUsage       Code = "client_certificate_usage"
	TLSUnchecked           Code = "tls_unchecked"
	HTTPAllowed            Code = "http_allowed"
	IssuerIsDocument       Code = "issuer_is_document"
	FormatDoubtful         Code = "format_doubtful"
	ScopeDoubtful          Code = "scope_doubtful"
	AudienceDoubtful       Code = "audience_doubtful"
	EndpointsShuffled      Code = "endpoints_shuffled"
)

// The way to the authorization server.
const (
	DNS            Code = "dns"
	Unreachable    Code = "unreachable"
	Timeout        Code = "timeout"
	ProxyFails     Code = "proxy"
	TLSUntrusted   Code = "tls_untrusted"
	TLSHost        Code = "tls_host"
	TLSExpired     Code = "tls_expired"
	TLSExpiresSoon Code = "tls_expires_soon"
	TLSFailed      Code = "tls_failed"
	NotTLS         Code = "not_tls"
	TLSNeeded      Code = "tls_needed"
	TLSClient      Code = "tls_client_certificate"
	NotHTTP        Code = "not_http"
	Clock          Code = "clock"
)

// What the authorization server says about itself.
const (
	MetadataMissing         Code = "metadata_missing"
	MetadataMismatch        Code = "metadata_mismatch"
	IssuerSlash             Code = "issuer_slash"
	IssuerScheme            Code = "issuer_scheme"
	IssuerCase              Code = "issuer_case"
	IssuerHost              Code = "issuer_host"
	IssuerOther             Code = "issuer_other"
	EndpointDiffers         Code = "endpoint_differs"
	JWKSEndpointDiffers     Code = "jwks_endpoint_differs"
	AuthMethodNotOffered    Code = "auth_method_not_offered"
	SigningAlgNotOffered    Code = "signing_alg_not_offered"
	EncryptionAlgNotOffered Code = "encryption_alg_not_offered"
	ScopeNotOffered         Code = "scope_not_offered"
	JWKSUnreachable         Code = "jwks_unreachable"
	JWKSNotASet             Code = "jwks_not_a_set"
	JWKSNoKey               Code = "jwks_no_key"
)

// The introspection endpoint, and our registration there.
const (
	EndpointNotFound       Code = "endpoint_not_found"
	EndpointMethod         Code = "endpoint_method"
	EndpointRedirect       Code = "endpoint_redirect"
	EndpointHTML           Code = "endpoint_html"
	EndpointOther          Code = "endpoint_other"
	ServerError            Code = "server_error"
	RateLimited            Code = "rate_limited"
	Credentials            Code = "credentials_refused"
	CredentialsUnavailable Code = "credentials_unavailable"
	AuthMethod             Code = "auth_method"
	BasicEncoding          Code = "basic_encoding"
	NotAllowed             Code = "introspection_not_allowed"
	UserInfoEndpoint       Code = "userinfo_endpoint"
	ClientKeys             Code = "client_keys"
	AnybodyAsks            Code = "anybody_asks"
)

// The answers.
const (
	AnswerJSON          Code = "answer_json"
	AnswerUnknown       Code = "answer_unknown"
	AnswerJWT           Code = "answer_jwt"
	AnswerSignedOnly    Code = "answer_signed_only"
	AnswerEncrypted     Code = "answer_encrypted"
	AnswerUnsigned      Code = "answer_unsigned"
	AnswerContentType   Code = "answer_content_type"
	AnswerMalformed     Code = "answer_malformed"
	AnswerEncryptionAlg Code = "answer_encryption_alg"
	AnswerEncryptionEnc Code = "answer_encryption_enc"
	AnswerEncryptionKey Code = "answer_encryption_key"
	AnswerSigningAlg    Code = "answer_signing_alg"
	AnswerSigningKey    Code = "answer_signing_key"
	AnswerType          Code = "answer_type"
	AnswerClaims        Code = "answer_claims"
	AnswerAudience      Code = "answer_audience"
	AnswerTime          Code = "answer_time"
	AnswerUnusable      Code = "answer_unusable"
	AnswerActive        Code = "answer_active"
)

// What we publish, and a token to try.
const (
	PublishedUnreachable Code = "published_unreachable"
	PublishedNotASet     Code = "published_not_a_set"
	PublishedPrivate     Code = "published_private"
	PublishedOtherKey    Code = "published_other_key"
	TokenRefused         Code = "token_refused"
	TokenExpired         Code = "token_expired"
	TokenOtherIssuer     Code = "token_other_issuer"
	TokenOtherAudience   Code = "token_other_audience"
	TokenWrapped         Code = "token_wrapped"
)
