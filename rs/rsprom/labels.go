package rsprom

import "github.com/gin-lasuite/gin-lasuite/rs"

// What labels say where package rs has no word.
const (
	ok    = "ok"    // the kind of what went well
	other = "other" // a word that this version does not know: whatever it is, there is one of it
)

// labels are the words for an event, each of a closed set.
func labels(ev rs.Event) (op, kind, reason, cache string) {
	op, kind, cache = other, ok, other
	switch ev.Op {
	case rs.OpAuthenticate, rs.OpIntrospect, rs.OpFetchKeys, rs.OpFetchMetadata, rs.OpUserInfo, rs.OpVerify, rs.OpCache, rs.OpCircuit:
		op = string(ev.Op)
	}
	switch ev.Cache {
	case "", rs.CacheHit, rs.CacheMiss, rs.CacheShared, rs.CacheStale:
		cache = string(ev.Cache)
	}
	if failure := rs.AsError(ev.Err); failure != nil {
		kind, reason = failure.Kind.String(), other
		if failure.Reason == "" || reasons[failure.Reason] {
			reason = string(failure.Reason)
		}
	}
	return op, kind, reason, cache
}

// reasons are those of package rs. A test compares the two.
var reasons = map[rs.Reason]bool{
	rs.ReasonNoToken: true, rs.ReasonOtherScheme: true, rs.ReasonMalformedAuthorization: true, rs.ReasonRepeatedAuthorization: true,
	rs.ReasonSeveralMethods: true, rs.ReasonTooManyFailures: true, rs.ReasonTokenTooLong: true, rs.ReasonInactive: true,
	rs.ReasonUnsupportedToken: true, rs.ReasonIssuer: true, rs.ReasonExpired: true, rs.ReasonNotYetValid: true, rs.ReasonTokenType: true,
	rs.ReasonTokenTypeMissing: true, rs.ReasonSenderConstrained: true, rs.ReasonAudienceMissing: true, rs.ReasonAudienceNotAllowed: true,
	rs.ReasonTokenAudience: true, rs.ReasonInsufficientScope: true, rs.ReasonUserInfoRefused: true, rs.ReasonUserInfoScope: true, rs.ReasonUserInfoNoSubject: true,
	rs.ReasonUserInfoUnavailable: true, rs.ReasonUserInfoAnswer: true, rs.ReasonUserInfoSubject: true, rs.ReasonUnknownUser: true, rs.ReasonAudienceNotForRoute: true,
	rs.ReasonTimeout: true, rs.ReasonTransport: true, rs.ReasonStatus: true, rs.ReasonContentType: true, rs.ReasonBody: true,
	rs.ReasonTooLarge: true, rs.ReasonResponseEncryption: true, rs.ReasonResponseSignature: true, rs.ReasonResponseKey: true,
	rs.ReasonResponseType: true, rs.ReasonResponseClaims: true, rs.ReasonResponseIssuer: true, rs.ReasonResponseAudience: true,
	rs.ReasonResponseTime: true, rs.ReasonTooManyRequests: true, rs.ReasonOverloaded: true, rs.ReasonCircuitOpen: true,
	rs.ReasonClosed: true, rs.ReasonKeysUnavailable: true, rs.ReasonCanceled: true, rs.ReasonClientCredentials: true,
	rs.ReasonUnexpected: true, rs.ReasonNotAuthenticated: true, rs.ReasonUserLookup: true, rs.ReasonMissingRequirements: true,
	rs.ReasonApplication: true,
	rs.ReasonTokenFormat: true, rs.ReasonTokenEncryption: true, rs.ReasonTokenSignature: true, rs.ReasonTokenKey: true,
	rs.ReasonTokenClaims: true, rs.ReasonMetadataUnavailable: true, rs.ReasonMetadataIssuer: true, rs.ReasonMetadataMismatch: true,
	rs.ReasonCredentialsUnavailable: true,
}
