package rs

import "slices"

// Reason says precisely why a request was refused, in a closed set of stable words: for metrics, logs and tests, never
// for clients (an unknown, an expired and a revoked token must look the same to them).
type Reason string

// Why there is no token to ask about: the authorization server is not called.
const (
	ReasonNoToken                Reason = "no_token"                // no Authorization header
	ReasonOtherScheme            Reason = "other_scheme"            // an Authorization scheme that is not Bearer
	ReasonMalformedAuthorization Reason = "malformed_authorization" // not "Bearer" 1*SP b64token (RFC 6750 section 2.1)
	ReasonRepeatedAuthorization  Reason = "repeated_authorization"  // more than one Authorization line
	ReasonSeveralMethods         Reason = "several_methods"         // header and query parameter (RFC 6750 section 2)
	ReasonTooManyFailures        Reason = "too_many_failures"       // this source failed too often (rsgin.FailureLimit)
	ReasonTokenTooLong           Reason = "token_too_long"          // longer than Config.MaxTokenLength
)

// Why a token is refused.
const (
	ReasonInactive            Reason = "inactive"               // "active": false (RFC 7662 section 2.2)
	ReasonUnsupportedToken    Reason = "unsupported_token_type" // the authorization server cannot introspect its kind
	ReasonIssuer              Reason = "issuer"                 // "iss" is another issuer's
	ReasonExpired             Reason = "expired"                // past "exp"
	ReasonNotYetValid         Reason = "not_yet_valid"          // before "nbf"
	ReasonTokenType           Reason = "token_type"             // a refresh, ID or other token, not an access token
	ReasonTokenTypeMissing    Reason = "token_type_missing"     // no "token_type" where one is required
	ReasonSenderConstrained   Reason = "sender_constrained"     // DPoP- or mTLS-bound, sent as a plain bearer token
	ReasonAudienceMissing     Reason = "audience_missing"       // no calling service named in the audience claim
	ReasonAudienceNotAllowed  Reason = "audience_not_allowed"   // that service is not in Config.AllowedAudiences
	ReasonTokenAudience       Reason = "token_audience"         // the token's own "aud" is not in Config.TokenAudiences
	ReasonInsufficientScope   Reason = "insufficient_scope"     // none, or not all, of the scopes needed
	ReasonTokenFormat         Reason = "token_format"           // no JWT where only JWTs are taken, or a malformed one
	ReasonTokenEncryption     Reason = "token_encryption"       // an encrypted JWT that our key does not open
	ReasonTokenSignature      Reason = "token_signature"        // not signed as configured
	ReasonTokenKey            Reason = "token_key"              // signed with a key that the key set does not have
	ReasonTokenClaims         Reason = "token_claims"           // a claim that RFC 9068 requires is missing or of a wrong type
	ReasonUserInfoRefused     Reason = "userinfo_refused"       // the UserInfo endpoint answered 401: no longer good
	ReasonUserInfoScope       Reason = "userinfo_scope"         // the UserInfo endpoint says insufficient_scope: no "openid", most likely
	ReasonUserInfoNoSubject   Reason = "userinfo_no_subject"    // the token is no user's, so that nobody can be asked about
	ReasonUnknownUser         Reason = "unknown_user"           // the application knows no such user
	ReasonApplication         Reason = "application"            // the application's own rule; its error says which
	ReasonAudienceNotForRoute Reason = "audience_not_for_route" // "aud" names none of the audiences of this route
)

// Why there is no answer of the authorization server, or none that can be used: this says nothing about the token.
const (
	ReasonTimeout             Reason = "introspection_timeout"      // no whole answer in time
	ReasonTransport           Reason = "introspection_transport"    // no connection, TLS failure, broken answer
	ReasonStatus              Reason = "introspection_status"       // an HTTP status that carries no verdict
	ReasonContentType         Reason = "introspection_content_type" // not the one media type asked for
	ReasonBody                Reason = "introspection_body"         // no introspection response of RFC 7662
	ReasonTooLarge            Reason = "introspection_too_large"    // longer than Config.MaxResponseSize
	ReasonResponseEncryption  Reason = "response_encryption"        // not decryptable as configured (RFC 9701)
	ReasonResponseSignature   Reason = "response_signature"         // not signed as configured
	ReasonResponseKey         Reason = "response_key"               // signed with a key that the key set does not have
	ReasonResponseType        Reason = "response_type"              // "typ" is not token-introspection+jwt
	ReasonResponseClaims      Reason = "response_claims"            // iss, aud, iat … missing or of a wrong type
	ReasonResponseIssuer      Reason = "response_issuer"            // signed by another issuer
	ReasonResponseAudience    Reason = "response_audience"          // made for somebody else
	ReasonResponseTime        Reason = "response_time"              // too old, from the future, or past its own exp
	ReasonTooManyRequests     Reason = "introspection_too_many"     // the authorization server asks us to slow down (429)
	ReasonOverloaded          Reason = "overloaded"                 // too many calls to the authorization server, or decryptions, at once
	ReasonCircuitOpen         Reason = "circuit_open"               // it failed too often: not asked for a moment
	ReasonClosed              Reason = "closed"                     // this Server was closed
	ReasonKeysUnavailable     Reason = "keys_unavailable"           // the JWK Set could not be fetched and none is held
	ReasonMetadataUnavailable Reason = "metadata_unavailable"       // no metadata could be fetched and none is held
	ReasonMetadataIssuer      Reason = "metadata_issuer"            // the metadata found is another issuer's
	ReasonMetadataMismatch    Reason = "metadata_mismatch"          // the metadata lacks what the configuration needs
	ReasonUserInfoUnavailable Reason = "userinfo_unavailable"       // the UserInfo endpoint gave no answer, or a status that says nothing
	ReasonUserInfoAnswer      Reason = "userinfo_answer"            // its answer is not of the form, or not from whom or for whom, it must be
	ReasonUserInfoSubject     Reason = "userinfo_subject"           // its answer is about another subject
	ReasonCanceled            Reason = "canceled"                   // the caller went away first
)

// What is wrong on our side: this service, its registration, or the program around it.
const (
	ReasonClientCredentials      Reason = "client_credentials"             // our own credentials or registration were refused
	ReasonCredentialsUnavailable Reason = "client_credentials_unavailable" // our own credentials could not be had from their source
	ReasonDecryptionUnavailable  Reason = "decryption_unavailable"         // our private key could not be used where it is kept
	ReasonUnexpected             Reason = "unexpected"                     // a bug, ours or an injected collaborator's
	ReasonNotAuthenticated       Reason = "not_authenticated"              // a route guard without Authenticate before it
	ReasonUserLookup             Reason = "user_lookup"                    // the application's own user lookup failed
	ReasonMissingRequirements    Reason = "missing_requirements"           // a route guard that was given nothing to require
)

// Reasons are all of the constants above, in their order: for lists and labels that must have every one. An application
// can make an [Error] with a Reason of its own, which is none of these.
func Reasons() []Reason { return slices.Clone(reasons[:]) }

// reasons has every constant above; a test compares the two.
var reasons = [...]Reason{
	ReasonNoToken, ReasonOtherScheme, ReasonMalformedAuthorization, ReasonRepeatedAuthorization, ReasonSeveralMethods,
	ReasonTooManyFailures, ReasonTokenTooLong,

	ReasonInactive, ReasonUnsupportedToken, ReasonIssuer, ReasonExpired, ReasonNotYetValid, ReasonTokenType,
	ReasonTokenTypeMissing, ReasonSenderConstrained, ReasonAudienceMissing, ReasonAudienceNotAllowed, ReasonTokenAudience,
	ReasonInsufficientScope, ReasonTokenFormat, ReasonTokenEncryption, ReasonTokenSignature, ReasonTokenKey,
	ReasonTokenClaims, ReasonUserInfoRefused, ReasonUserInfoScope, ReasonUserInfoNoSubject, ReasonUnknownUser,
	ReasonApplication, ReasonAudienceNotForRoute,

	ReasonTimeout, ReasonTransport, ReasonStatus, ReasonContentType, ReasonBody, ReasonTooLarge, ReasonResponseEncryption,
	ReasonResponseSignature, ReasonResponseKey, ReasonResponseType, ReasonResponseClaims, ReasonResponseIssuer,
	ReasonResponseAudience, ReasonResponseTime, ReasonTooManyRequests, ReasonOverloaded, ReasonCircuitOpen, ReasonClosed,
	ReasonKeysUnavailable, ReasonMetadataUnavailable, ReasonMetadataIssuer, ReasonMetadataMismatch, ReasonUserInfoUnavailable,
	ReasonUserInfoAnswer, ReasonUserInfoSubject, ReasonCanceled, ReasonClientCredentials, ReasonCredentialsUnavailable, ReasonDecryptionUnavailable,
	ReasonUnexpected, ReasonNotAuthenticated, ReasonUserLookup, ReasonMissingRequirements,
}
