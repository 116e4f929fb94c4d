package rstest

import "github.com/gin-lasuite/gin-lasuite/rs/devas"

// Fault is something that goes wrong with an answer: one of the constants of this package, or an HTTP status, so that
// as.FailNext(503) does what it reads like.
type Fault = devas.Fault

// Status is the fault of answering with an HTTP status alone.
func Status(code int) Fault { return devas.Status(code) }

// AtUserInfo is the same fault at the UserInfo endpoint, which feels no other; see [devas.AtUserInfo].
func AtUserInfo(f Fault) Fault { return devas.AtUserInfo(f) }

// Faults below HTTP and of HTTP, for every client.
const (
	Hang                  = devas.Hang                  // no answer until the client gives up, or Heal: then the right answer
	Reset                 = devas.Reset                 // the connection is reset before the answer
	Truncated             = devas.Truncated             // half of the answer, then the connection is closed
	SlowDrip              = devas.SlowDrip              // the right answer, one byte a second, until Heal
	GarbageBody           = devas.GarbageBody           // 200 and the right media type, but random bytes
	EmptyBody             = devas.EmptyBody             // 200 and the right media type, but no body
	HTML                  = devas.HTML                  // 200 and a maintenance page
	WrongContentType      = devas.WrongContentType      // the right body as text/plain or application/jwt
	NoContentType         = devas.NoContentType         // the right body, and no Content-Type
	Gzip                  = devas.Gzip                  // the right body, compressed though nobody asked
	Redirect              = devas.Redirect              // 307 to the same endpoint with a query
	RateLimited           = devas.RateLimited           // 429 with Retry-After: 120
	ServerError           = devas.ServerError           // 500 server_error, with a description that nobody should relay
	InvalidClient         = devas.InvalidClient         // 401 invalid_client: the secret was changed
	InvalidClientMetadata = devas.InvalidClientMetadata // 400 invalid_client_metadata: our keys cannot be read
	InvalidRequest        = devas.InvalidRequest        // 400 invalid_request
	UnsupportedTokenType  = devas.UnsupportedTokenType  // 400 unsupported_token_type (RFC 7009 section 2.2.1)
)

// Faults of the introspection response, for every client: inside the JWT if there is one.
const (
	Oversize        = devas.Oversize        // a member of 1 MiB
	DuplicateMember = devas.DuplicateMember // "active" twice, true first
	StringActive    = devas.StringActive    // "active" as a string, true or false
	NoActive        = devas.NoActive        // no "active"
	CaseFolded      = devas.CaseFolded      // "Active"
	TrailingData    = devas.TrailingData    // a second object behind the first
	ScopeArray      = devas.ScopeArray      // "scope" as an array
	InvalidUTF8     = devas.InvalidUTF8     // a string that is no UTF-8
	NotAnObject     = devas.NotAnObject     // an array around the response
	DeepNesting     = devas.DeepNesting     // a member nested 100000 levels deep
)

// Faults of the JWT (RFC 9701), for clients registered for signed answers.
const (
	WrongSignature  = devas.WrongSignature  // a stranger's signature under the right kid
	Tampered        = devas.Tampered        // the signature is right for other claims
	UnknownKID      = devas.UnknownKID      // signed with a key that is not published
	Unsigned        = devas.Unsigned        // alg none and no signature
	HMACSigned      = devas.HMACSigned      // alg HS256, keyed with the public key
	OtherAlgorithm  = devas.OtherAlgorithm  // signed by the server, but with another algorithm
	CriticalHeader  = devas.CriticalHeader  // a header that says crit
	WrongIssuer     = devas.WrongIssuer     // iss is a stranger
	IssuerSlash     = devas.IssuerSlash     // iss has one slash more, or less
	WrongAudience   = devas.WrongAudience   // aud is another client
	NoAudience      = devas.NoAudience      // no aud
	WrongType       = devas.WrongType       // typ at+jwt: an access token
	NoType          = devas.NoType          // no typ
	OldIAT          = devas.OldIAT          // made an hour ago: a replay
	FutureIAT       = devas.FutureIAT       // made in an hour
	NoIAT           = devas.NoIAT           // no iat
	PastExp         = devas.PastExp         // exp was an hour ago
	FutureNBF       = devas.FutureNBF       // nbf is in an hour
	NoIntrospection = devas.NoIntrospection // no token_introspection
	TopLevelClaims  = devas.TopLevelClaims  // the response beside iss and aud, not in token_introspection
	PlainJSON       = devas.PlainJSON       // the response in plain JSON: a downgrade
	MislabeledJSON  = devas.MislabeledJSON  // the same under the media type of the JWT
	NoKID           = devas.NoKID           // no kid in the JWS: unusual, but right
	TypePrefix      = devas.TypePrefix      // typ application/Token-Introspection+JWT: unusual, but right
	AudienceList    = devas.AudienceList    // aud is a list: unusual, but right
)

// Faults of the encryption, for clients registered for it.
const (
	SignedOnly          = devas.SignedOnly          // the JWS, not encrypted
	EncryptedOnly       = devas.EncryptedOnly       // the claims, not signed
	NestedWrongOrder    = devas.NestedWrongOrder    // encrypted first and then signed
	WrongEncryptionKey  = devas.WrongEncryptionKey  // encrypted to a stranger
	WrongEncryption     = devas.WrongEncryption     // another content encryption than registered
	WrongEncryptionAlg  = devas.WrongEncryptionAlg  // alg RSA1_5 in the header
	Zipped              = devas.Zipped              // zip in the header
	WrongHeaderIssuer   = devas.WrongHeaderIssuer   // iss in the JWE header is not the one of the claims
	WrongHeaderAudience = devas.WrongHeaderAudience // aud in the JWE header is not the one of the claims
)

// Faults of the endpoint with the server's public keys. They count fetches of the keys, not introspections.
const (
	KeysDown     = devas.KeysDown     // 503
	KeysHang     = devas.KeysHang     // no answer until the client gives up, or Heal
	KeysGarbage  = devas.KeysGarbage  // random bytes
	KeysRedirect = devas.KeysRedirect // 307
	KeysEmpty    = devas.KeysEmpty    // a set without keys
	KeysPrivate  = devas.KeysPrivate  // private members are published
	KeysForeign  = devas.KeysForeign  // unknown, broken and symmetric keys around the right ones: unusual, but right
)
