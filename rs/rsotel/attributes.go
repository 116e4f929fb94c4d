package rsotel

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// The attributes. Each has a small closed set of values, whatever clients send.
const (
	opKey     = attribute.Key("lasuite.rs.op")
	kindKey   = attribute.Key("lasuite.rs.kind")
	reasonKey = attribute.Key("lasuite.rs.reason")
	cacheKey  = attribute.Key("lasuite.rs.cache")
)

// other is a word that this version does not know: whatever it is, there is one of it.
const other = "other"

// describe is an event as attributes, without the op. A refusal has a kind and a reason; only a failure that somebody must
// look into has an error.type as well.
func describe(ev rs.Event) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	switch ev.Cache {
	case "":
	case rs.CacheHit, rs.CacheMiss, rs.CacheShared, rs.CacheStale:
		attrs = append(attrs, cacheKey.String(string(ev.Cache)))
	default:
		attrs = append(attrs, cacheKey.String(other))
	}
	if ev.Err == nil {
		return attrs
	}
	reason := reasonOf(ev.Err)
	attrs = append(attrs, kindKey.String(rs.AsError(ev.Err).Kind.String()), reasonKey.String(reason))
	if isError(ev.Err) {
		attrs = append(attrs, semconv.ErrorTypeKey.String(reason))
	}
	return attrs
}

// isError: a refused token is a good answer to a bad question, and a caller that went away has no complaint.
func isError(err error) bool {
	failure := rs.AsError(err)
	return failure != nil && failure.Status() >= 500 && failure.Reason != rs.ReasonCanceled
}

func reasonOf(err error) string {
	if reason := rs.AsError(err).Reason; reasons[reason] {
		return string(reason)
	}
	return other
}

func opOf(op rs.Op) string {
	switch op {
	case rs.OpAuthenticate, rs.OpIntrospect, rs.OpFetchKeys, rs.OpFetchMetadata, rs.OpUserInfo, rs.OpVerify, rs.OpCache, rs.OpCircuit:
		return string(op)
	}
	return other
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
