package keys

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
)

// How many keys one message may be tried with. The set is the authorization
// server's, so this bounds work, not trust.
const (
	maxNamedTries   = 4 // keys that share the kid of the message
	maxUnnamedTries = 8 // keys for a message that has none
)

// A PublicSet is the authorization server's public keys that can verify
// signatures of the one configured algorithm. It is immutable and safe for
// concurrent use. A nil or zero PublicSet has no keys and verifies nothing.
type PublicSet struct {
	alg     signatureAlgorithm
	keys    []verificationKey
	skipped []SkippedKey
}

type verificationKey struct {
	kid string // empty if the JWK has none
	raw any
}

// A SkippedKey is an entry of a JWK Set that is not used, and why. KeyID is the
// entry's kid as it stands there, if it has one. Reason is for operators; it
// holds no key material.
type SkippedKey struct{ KeyID, Reason string }

// ParsePublic reads an authorization server's JWK Set (RFC 7517 section 5) for
// one JWS algorithm: ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384,
// PS512, EdDSA (with Ed25519) or Ed25519 (RFC 9864).
//
// The document must be a JSON object without duplicate members whose keys is an
// array of at most 100; anything else is an error. An entry that is broken, of
// an unknown type, symmetric, private, or not meant for verifying signatures of
// this algorithm (kty, crv, use, key_ops, alg, sizes) is skipped, so that new
// kinds of keys do not disturb the others; see [PublicSet.Skipped]. A key that is
// only in the first certificate of x5c (RFC 7517 section 4.7) is used, but the
// certificate is not validated: neither its chain nor its dates. If it differs
// from the key beside it, the entry is skipped. That no key
// is left is not an error: see [PublicSet.Len].
func ParsePublic(jwks []byte, alg string) (*PublicSet, error) {
	sigAlg, err := signatureAlgorithmNamed(alg)
	if err != nil {
		return nil, err
	}
	entries, err := splitJWKS(jwks)
	if err != nil {
		return nil, fmt.Errorf("keys: not a JWK Set (%w)", err)
	}
	s := &PublicSet{alg: sigAlg}
	for _, entry := range entries {
		kid, raw, err := parseVerificationKey(entry, sigAlg)
		if err != nil {
			s.skipped = append(s.skipped, SkippedKey{kid, err.Error()})
			continue
		}
		s.keys = append(s.keys, verificationKey{kid, raw})
	}
	return s, nil
}

// parseVerificationKey returns the kid, if there is one, also with an error.
func parseVerificationKey(entry []byte, alg signatureAlgorithm) (kid string, raw any, err error) {
	k, err := parseJWK(entry)
	if err != nil {
		return k.kid, nil, err
	}
	if k.kty != alg.kty {
		return k.kid, nil, fmt.Errorf("kty %s does not fit %s", quote(k.kty), alg.name)
	}
	if k.isPrivate() {
		return k.kid, nil, errors.New("private members are published: this key is compromised")
	}
	if err := k.unsuitable("sig", alg.name, "verify"); err != nil {
		return k.kid, nil, err
	}
	if raw, err = k.verifying(); err != nil {
		return k.kid, nil, err
	}
	if crv := newPublicJWK(raw).Crv; crv != alg.crv {
		return k.kid, nil, fmt.Errorf("crv %s does not fit %s", crv, alg.name)
	}
	return k.kid, raw, nil
}

// Len returns the number of usable keys.
func (s *PublicSet) Len() int {
	if s == nil {
		return 0
	}
	return len(s.keys)
}

// Skipped returns the entries that are not used, in the order of the document.
// The slice belongs to the caller.
func (s *PublicSet) Skipped() []SkippedKey {
	if s == nil {
		return nil
	}
	return slices.Clone(s.skipped)
}

// Verify verifies a compact JWS (RFC 7515 section 5.2) and returns its payload
// and header. What the two say is left to the caller, typ among it, and so is
// the size of the message.
//
// Checked before any cryptography: the serialization and the header as in
// [ParseJWSHeader] (else [ErrMalformed]); alg equal to the configured one (else
// [ErrAlgorithm]); the size of the signature. Keys in the header are ignored.
// The kid picks the keys: those that have it, at most 4; if none has it, those
// without any kid; if there is none either, [ErrUnknownKey]. A message without
// a kid is tried with each key, and in either case with at most 8. If none
// verifies: [ErrSignature].
//
// With an error, payload is nil, and h, unless the error is [ErrMalformed], is
// what the message says about itself: good for a log, not for a decision.
func (s *PublicSet) Verify(jws []byte) (payload []byte, h Header, err error) {
	if s == nil {
		return nil, Header{}, ErrUnknownKey
	}
	m, err := parseJWS(jws)
	if err != nil {
		return nil, Header{}, err
	}
	if m.Algorithm != s.alg.name {
		return nil, m.Header, wrongAlgorithm("alg", m.Algorithm, s.alg.name)
	}
	if s.alg.size != 0 && len(m.signature) != s.alg.size {
		return nil, Header{}, malformed(fmt.Sprintf("signature has %d bytes, not %d", len(m.signature), s.alg.size))
	}
	candidates := s.candidates(m.KeyID)
	if len(candidates) == 0 {
		return nil, m.Header, unknownKey(m.KeyID)
	}
	for _, key := range candidates {
		if s.verifyWith(key.raw, m) == nil {
			return m.payload, m.Header, nil
		}
	}
	return nil, m.Header, ErrSignature
}

// candidates returns the keys to try for a kid, which may be empty.
func (s *PublicSet) candidates(kid string) []verificationKey {
	if kid == "" {
		return s.keys[:min(len(s.keys), maxUnnamedTries)]
	}
	named := s.withID(kid)
	if len(named) > 0 {
		return named[:min(len(named), maxNamedTries)]
	}
	unnamed := s.withID("")
	return unnamed[:min(len(unnamed), maxUnnamedTries)]
}

func (s *PublicSet) withID(kid string) []verificationKey {
	var list []verificationKey
	for _, key := range s.keys {
		if key.kid == kid {
			list = append(list, key)
		}
	}
	return list
}

func (s *PublicSet) verifyWith(key any, m jwsMessage) error {
	rsaKey, isRSA := key.(*rsa.PublicKey)
	if isRSA && len(m.signature) != rsaKey.Size() { // RFC 8017 sections 8.1.2 and 8.2.2
		return ErrSignature
	}
	if err := jwxVerify(m.signingInput, m.signature, s.alg.name, key); err != nil {
		return err
	}
	if s.alg.pss {
		return verifySalt(rsaKey, s.alg.hash, m)
	}
	return nil
}

// verifySalt verifies once more, with the size of the salt pinned to that of
// the hash (RFC 7518 section 3.5): jwx takes any.
func verifySalt(key *rsa.PublicKey, hash crypto.Hash, m jwsMessage) error {
	h := hash.New()
	h.Write(m.signingInput)
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	if rsa.VerifyPSS(key, hash, h.Sum(nil), m.signature, options) != nil {
		return ErrSignature
	}
	return nil
}
