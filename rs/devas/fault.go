package devas

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fault is something that goes wrong with an answer: one of the constants of this package, or an HTTP status from 200 to
// 599 with a body that says nothing (so that FailNext(503) does what it reads like). It goes wrong with introspection, or with
// the keys if it is one of theirs; [AtUserInfo] is for the third endpoint. The zero Fault is none. Faults of
// signatures and encryption need a client that is registered for them: an answer that cannot have the fault is a 500
// that says so, and so is any other number.
type Fault int

// Status is the fault of answering with an HTTP status alone, from 200 to 599.
func Status(code int) Fault { return Fault(code) }

// firstFault keeps the constants away from the HTTP statuses.
const firstFault = 1000

// Faults below HTTP and of HTTP, for every client.
const (
	Hang                  Fault = iota + firstFault // no answer until the client gives up, or Heal: then the right answer
	Reset                                           // the connection is reset before the answer
	Truncated                                       // half of the answer, then the connection is closed
	SlowDrip                                        // the right answer, one byte a second, until Heal
	GarbageBody                                     // 200 and the right media type, but random bytes
	EmptyBody                                       // 200 and the right media type, but no body
	HTML                                            // 200 and a maintenance page
	WrongContentType                                // the right body as text/plain or application/jwt
	NoContentType                                   // the right body, and no Content-Type
	Gzip                                            // the right body, compressed though nobody asked
	Redirect                                        // 307 to the same endpoint with a query
	RateLimited                                     // 429 with Retry-After: 120
	ServerError                                     // 500 server_error, with a description that nobody should relay
	InvalidClient                                   // 401 invalid_client: the secret was changed
	InvalidClientMetadata                           // 400 invalid_client_metadata: our keys cannot be read
	InvalidRequest                                  // 400 invalid_request
	UnsupportedTokenType                            // 400 unsupported_token_type (RFC 7009 section 2.2.1)
)

// Faults of the introspection response, for every client: inside the JWT if there is one.
const (
	Oversize        Fault = iota + firstFault + 100 // a member of 1 MiB
	DuplicateMember                                 // "active" twice, true first
	StringActive                                    // "active" as a string, true or false
	NoActive                                        // no "active"
	CaseFolded                                      // "Active"
	TrailingData                                    // a second object behind the first
	ScopeArray                                      // "scope" as an array
	InvalidUTF8                                     // a string that is no UTF-8
	NotAnObject                                     // an array around the response
	DeepNesting                                     // a member nested 100000 levels deep
)

// Faults of the JWT (RFC 9701), for clients registered for signed answers.
const (
	WrongSignature  Fault = iota + firstFault + 200 // a stranger's signature under the right kid
	Tampered                                        // the signature is right for other claims
	UnknownKID                                      // signed with a key that is not published
	Unsigned                                        // alg none and no signature
	HMACSigned                                      // alg HS256, keyed with the public key
	OtherAlgorithm                                  // signed by the server, but with another algorithm
	CriticalHeader                                  // a header that says crit
	WrongIssuer                                     // iss is a stranger
	IssuerSlash                                     // iss has one slash more, or less
	WrongAudience                                   // aud is another client
	NoAudience                                      // no aud
	WrongType                                       // typ at+jwt: an access token
	NoType                                          // no typ
	OldIAT                                          // made an hour ago: a replay
	FutureIAT                                       // made in an hour
	NoIAT                                           // no iat
	PastExp                                         // exp was an hour ago
	FutureNBF                                       // nbf is in an hour
	NoIntrospection                                 // no token_introspection
	TopLevelClaims                                  // the response beside iss and aud, not in token_introspection
	PlainJSON                                       // the response in plain JSON: a downgrade
	MislabeledJSON                                  // the same under the media type of the JWT
	NoKID                                           // no kid in the JWS: unusual, but right
	TypePrefix                                      // typ application/Token-Introspection+JWT: unusual, but right
	AudienceList                                    // aud is a list: unusual, but right
)

// Faults of the encryption, for clients registered for it.
const (
	SignedOnly          Fault = iota + firstFault + 300 // the JWS, not encrypted
	EncryptedOnly                                       // the claims, not signed
	NestedWrongOrder                                    // encrypted first and then signed
	WrongEncryptionKey                                  // encrypted to a stranger
	WrongEncryption                                     // another content encryption than registered
	WrongEncryptionAlg                                  // alg RSA1_5 in the header
	Zipped                                              // zip in the header
	WrongHeaderIssuer                                   // iss in the JWE header is not the one of the claims
	WrongHeaderAudience                                 // aud in the JWE header is not the one of the claims
)

// Faults of the endpoint with the server's public keys. They count fetches of the keys, not introspections.
const (
	KeysDown     Fault = iota + firstFault + 400 // 503
	KeysHang                                     // no answer until the client gives up, or Heal
	KeysGarbage                                  // random bytes
	KeysRedirect                                 // 307
	KeysEmpty                                    // a set without keys
	KeysPrivate                                  // private members are published
	KeysForeign                                  // unknown, broken and symmetric keys around the right ones: unusual, but right
)

// endpoint is where the fault happens.
func (f Fault) endpoint() endpoint {
	switch {
	case f >= onUserInfo:
		return atUserInfo
	case f >= KeysDown:
		return atKeys
	}
	return atIntrospection
}

// isStatus: the fault is an HTTP status alone.
func (f Fault) isStatus() bool { return f >= 200 && f <= 599 }

// valid: there is such a fault.
func (f Fault) valid() bool {
	if base := f.base(); f != base {
		return base == 0 || base.isStatus() || base.atUserInfo()
	}
	_, found := incidents[f]
	return found || f.isStatus()
}

// String is the name: "wrong-signature", "503", "userinfo-503", "none".
func (f Fault) String() string {
	if base := f.base(); f != base {
		return userInfoPrefix + base.String()
	}
	if f == 0 {
		return "none"
	}
	if incident, found := incidents[f]; found {
		return incident.name
	}
	return strconv.Itoa(int(f))
}

// ParseFault reads a name as String writes it.
func ParseFault(name string) (Fault, error) {
	base, isUserInfo := strings.CutPrefix(name, userInfoPrefix)
	f, found := faultNamed(base)
	if isUserInfo {
		f = AtUserInfo(f)
	}
	if found && (f == 0 || f.valid()) {
		return f, nil
	}
	return 0, fmt.Errorf("devas: no fault has the name %q (use one of Faults, or an HTTP status)", name)
}

// faultNamed is the fault of that name at its own endpoint.
func faultNamed(name string) (_ Fault, found bool) {
	if name == Fault(0).String() {
		return 0, true
	}
	if code, err := strconv.Atoi(name); err == nil && Fault(code).isStatus() {
		return Fault(code), true
	}
	for f, incident := range incidents {
		if incident.name == name {
			return f, true
		}
	}
	return 0, false
}

// Faults lists all constants.
func Faults() []Fault {
	all := make([]Fault, 0, len(incidents))
	for f := range incidents {
		all = append(all, f)
	}
	slices.Sort(all)
	return all
}
