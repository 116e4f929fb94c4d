package keys

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The reasons why a message is refused. Match them with [errors.Is]: what is
// returned may say more. Their texts hold neither keys nor claims nor anything
// else that a message could choose freely; they are for operators, not for
// clients.
var (
	// ErrMalformed: the message is not the strict compact serialization that
	// this package accepts, or its header has a member that is refused.
	ErrMalformed = errors.New("keys: malformed message")
	// ErrAlgorithm: the header names another algorithm than the configured one.
	ErrAlgorithm = errors.New("keys: algorithm not allowed")
	// ErrUnknownKey: the header's kid names no usable key of the set, or the set
	// has no usable key at all.
	ErrUnknownKey = errors.New("keys: unknown key")
	// ErrSignature: no candidate key verifies the signature.
	ErrSignature = errors.New("keys: signature does not verify")
	// ErrDecrypt: decryption failed. Every cryptographic failure is this one
	// value, so that it tells nothing about which step failed (RFC 7516
	// section 11.5).
	ErrDecrypt = errors.New("keys: decryption failed")
)

// AlgorithmError is returned for the name of an algorithm that this package
// does not support. Names are compared exactly.
type AlgorithmError struct {
	Name      string
	Supported []string // of the kind that was asked for

	kind string
}

// Error names the kind of algorithm, the name and those to use instead.
func (e *AlgorithmError) Error() string {
	return fmt.Sprintf("keys: no such %s %s (use one of %s)", e.kind, quote(e.Name), strings.Join(e.Supported, ", "))
}

// malformed returns an [ErrMalformed] with the reason.
func malformed(reason string) error {
	return fmt.Errorf("%w (%s)", ErrMalformed, reason)
}

// wrongAlgorithm returns an [ErrAlgorithm] that says what was found and what
// is configured.
func wrongAlgorithm(member, got, want string) error {
	if !slices.Contains(registered, got) {
		got = "something else"
	}
	return fmt.Errorf("%w (%s is %s, configured is %s)", ErrAlgorithm, member, got, want)
}

// registered are the algorithms that a text may name because they are
// registered (RFC 7518): whatever else a header says could be anything, a
// token for one.
var registered = strings.Fields("none HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519 " +
	"RSA1_5 RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 dir A128KW A192KW A256KW A128GCMKW A192GCMKW A256GCMKW " +
	"ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW " +
	"A128GCM A192GCM A256GCM A128CBC-HS256 A192CBC-HS384 A256CBC-HS512")

// unknownKey returns an [ErrUnknownKey] for a kid, or for a set without keys.
func unknownKey(kid string) error {
	if kid == "" {
		return fmt.Errorf("%w (the set has no usable key)", ErrUnknownKey)
	}
	return fmt.Errorf("%w (no key of the set has the kid of the message)", ErrUnknownKey)
}

// quote makes a foreign string harmless in an error text: ASCII, no control
// characters, bounded.
func quote(s string) string {
	const limit = 64
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strconv.QuoteToASCII(s)
}
