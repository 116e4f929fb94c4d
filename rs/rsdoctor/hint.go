package rsdoctor

import "github.com/gin-lasuite/gin-lasuite/rs"

// Hint says what to do about a reason for a refusal, in terms of the environment; "" where there is nothing to say.
func Hint(reason rs.Reason) string { return hints[reason] }

var hints = map[rs.Reason]string{
	rs.ReasonMalformedAuthorization: "give the token alone, as it stands behind the word Bearer: no quotes, no spaces, no line breaks",
	rs.ReasonTokenTooLong:           "raise OIDC_RS_MAX_TOKEN_LENGTH if the authorization server really makes tokens of that length",

	rs.ReasonInactive: "the authorization server does not know the token, or it has expired or was revoked: get a new one from the " +
		"server of OIDC_OP_URL, and check that it may be introspected by this client",
	rs.ReasonUnsupportedToken: "send an access token: the authorization server does not introspect tokens of this kind",
	rs.ReasonIssuer:           "compare OIDC_OP_URL with the issuer of the token, character by character (a slash at the end counts)",
	rs.ReasonExpired:          "get a new token; if it is new, compare the clocks of both machines",
	rs.ReasonNotYetValid:      "compare the clocks of both machines, and see OIDC_RS_CLOCK_SKEW",
	rs.ReasonTokenType: "send an access token: this is a refresh token, an ID token or the like. If it is one, and OIDC_RS_ACCESS_TOKEN_MODE is not introspect, " +
		"its header does not say so (typ at+jwt, RFC 9068): have the server say it, or set OIDC_RS_ACCESS_TOKEN_MODE=introspect",
	rs.ReasonTokenTypeMissing:  "send an access token, not a refresh token; if the server never states token_type, set OIDC_RS_REQUIRE_TOKEN_TYPE=false",
	rs.ReasonSenderConstrained: "get a plain bearer token: this one is bound to a key (DPoP or mTLS) and proves nothing without it",
	rs.ReasonAudienceMissing:   "set OIDC_RS_AUDIENCE_CLAIM to the claim that names the service from which the token comes: rsctl introspect names those that are there",
	rs.ReasonAudienceNotAllowed: "add the service from which the token comes to OIDC_RS_ALLOWED_AUDIENCES, if it may call this one, " +
		"and see OIDC_RS_AUDIENCE_CLAIM",
	rs.ReasonTokenAudience:     "ask for a token that is meant for this service, or correct OIDC_RS_TOKEN_AUDIENCES",
	rs.ReasonInsufficientScope: "ask for a token with one of the scopes in OIDC_RS_SCOPES",

	rs.ReasonTimeout:     "check that the authorization server can be reached from here (OIDC_PROXY?), and see OIDC_TIMEOUT",
	rs.ReasonTransport:   "check OIDC_OP_INTROSPECTION_ENDPOINT, OIDC_PROXY and the certificates (OIDC_RS_CA_FILE)",
	rs.ReasonStatus:      "check OIDC_OP_INTROSPECTION_ENDPOINT, and look into the log of the authorization server",
	rs.ReasonContentType: "make OIDC_RS_BACKEND_CLASS and the registration of this client agree: json, jwt-signed or jwt",
	rs.ReasonBody:        "check that OIDC_OP_INTROSPECTION_ENDPOINT is an introspection endpoint (RFC 7662), and look for a proxy in between",
	rs.ReasonTooLarge:    "check OIDC_OP_INTROSPECTION_ENDPOINT, and see OIDC_RS_MAX_RESPONSE_SIZE",

	rs.ReasonResponseEncryption: "compare the output of rsctl jwks, OIDC_RS_ENCRYPTION_ALGO and OIDC_RS_ENCRYPTION_ENCODING with the " +
		"registration of this client; after a change of key the server may still use the old one",
	rs.ReasonResponseSignature: "compare OIDC_RS_SIGNING_ALGO with the registration of this client, and check OIDC_OP_JWKS_ENDPOINT",
	rs.ReasonResponseKey:       "check OIDC_OP_JWKS_ENDPOINT: its keys are not those of the server that answered",
	rs.ReasonResponseType:      "check that the server follows RFC 9701: its answer does not call itself an introspection response",
	rs.ReasonResponseClaims:    "check that the server follows RFC 9701: iss, aud, iat and token_introspection are needed",
	rs.ReasonResponseIssuer:    "compare OIDC_OP_URL with the issuer of the server, character by character (a slash at the end counts)",
	rs.ReasonResponseAudience:  "add the name by which the server knows this service to OIDC_RS_RESPONSE_AUDIENCES",
	rs.ReasonResponseTime:      "compare the clocks of both machines, and see OIDC_RS_RESPONSE_MAX_AGE",
	rs.ReasonKeysUnavailable:   "check OIDC_OP_JWKS_ENDPOINT and OIDC_RS_SIGNING_ALGO",

	rs.ReasonMetadataUnavailable: "check OIDC_OP_URL, OIDC_OP_INTERNAL_URL and that the server can be reached from here; or set the endpoints by hand",
	rs.ReasonMetadataIssuer:      "compare OIDC_OP_URL with the issuer in the metadata, character by character (a slash at the end counts)",
	rs.ReasonMetadataMismatch:    "make the settings and the registration of this client agree with the metadata, or set the endpoints by hand",

	rs.ReasonUserInfoUnavailable: "check OIDC_OP_USER_ENDPOINT, and that it can be reached from here",
	rs.ReasonUserInfoAnswer:      "make OIDC_OP_USER_ENDPOINT_FORMAT and OIDC_RS_USER_INFO_ALGO agree with the registration of the client that gets the tokens",
	rs.ReasonUserInfoSubject:     "check that OIDC_OP_USER_ENDPOINT is of the server that issued the token, and that sub is the same at both of its endpoints",
	rs.ReasonUserInfoRefused:     "get a new token: the UserInfo endpoint no longer takes this one",
	rs.ReasonUserInfoScope:       "let the client ask for the scope openid",
	rs.ReasonUserInfoNoSubject:   "send the token of a user, not one of client credentials",

	rs.ReasonDecryptionUnavailable:  "look at the cause: the private key cannot be used where it is kept",
	rs.ReasonCredentialsUnavailable: "check the file or the source of OIDC_RS_CLIENT_SECRET, OIDC_RS_CLIENT_BEARER_TOKEN or OIDC_RS_CLIENT_PRIVATE_KEY_STR",
	rs.ReasonClientCredentials: "check OIDC_RS_CLIENT_ID, OIDC_RS_CLIENT_SECRET and OIDC_RS_CLIENT_AUTH_METHOD; with jwt also that the " +
		"server can read our JWK Set",
	rs.ReasonTooManyRequests: "wait, then try again: the authorization server asks for fewer calls",
	rs.ReasonCanceled:        "let the call end",

	rs.ReasonTokenFormat:     "send a JWT access token (RFC 9068): tokens are judged here by themselves, and this one is none",
	rs.ReasonTokenEncryption: "ask the authorization server for access tokens that are not encrypted",
	rs.ReasonTokenSignature:  "compare the algorithm of access tokens with the configured one, and check OIDC_OP_JWKS_ENDPOINT",
	rs.ReasonTokenKey:        "check OIDC_OP_JWKS_ENDPOINT: its keys are not those of the server that issued the token",
	rs.ReasonTokenClaims:     "send an access token of RFC 9068: a claim that it must have is missing, or of a wrong type",
}
