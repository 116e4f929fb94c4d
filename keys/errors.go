package keys

import (
	"errors"
	"fmt"
	"strconv"
)

// The reasons why a message is refused. Match them with [errors.Is]: what is
// returned may say more. Their texts hold neither keys nor claims, but a
// header's own alg, enc and kid, quoted and shortened; they are for operators,
// not for clients.
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

// malformed returns an [ErrMalformed] with the reason.
func malformed(reason string) error {
	return fmt.Errorf("%w (%s)", ErrMalformed, reason)
}

// wrongAlgorithm returns an [ErrAlgorithm] that says what was found and what
// is configured.
func wrongAlgorithm(member, got, want string) error {
	return fmt.Errorf("%w (%s is %s, configured is %s)", ErrAlgorithm, member, quote(got), quote(want))
}

// unknownKey returns an [ErrUnknownKey] for a kid, or for a set without keys.
func unknownKey(kid string) error {
	if kid == "" {
		return fmt.Errorf("%w (the set has no usable key)", ErrUnknownKey)
	}
	return fmt.Errorf("%w (kid %s)", ErrUnknownKey, quote(kid))
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
