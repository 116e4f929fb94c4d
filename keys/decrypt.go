package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
)

// Decrypt decrypts a compact JWE (RFC 7516 section 7.1) and returns the
// plaintext. It says nothing about who wrote it: anybody can encrypt to a
// published key. The caller bounds the size of the message.
//
// All of these are checked before any cryptography: the serialization and the
// header as in [ParseJWEHeader] (else [ErrMalformed]); alg and enc equal to the
// configured ones (else [ErrAlgorithm]); the sizes of encrypted key,
// initialization vector and tag; for ECDH-ES the ephemeral key (epk), which must
// be a public key on the curve of ours. The header's kid picks the key, and an
// unknown one is [ErrUnknownKey]; without a kid each key that fits is tried.
// Whatever fails after that is [ErrDecrypt], always the same. An empty
// plaintext, too, is [ErrDecrypt].
func (s *Set) Decrypt(jwe []byte) ([]byte, error) {
	return s.DecryptIf(jwe, acceptAny)
}

// DecryptIf is Decrypt for a caller that looks at the header first. accept gets
// what [ParseJWEHeader] would return, before anything else is checked; its error,
// if it is not nil, is the error of DecryptIf, and nothing is decrypted. So the
// message is parsed once, where ParseJWEHeader and Decrypt do it twice.
func (s *Set) DecryptIf(jwe []byte, accept func(Header) error) ([]byte, error) {
	if s == nil || s.s == nil {
		return nil, ErrUnknownKey
	}
	return s.s.decrypt(jwe, accept)
}

func acceptAny(Header) error { return nil }

func (s *set) decrypt(message []byte, accept func(Header) error) ([]byte, error) {
	m, err := parseJWE(message)
	if err != nil {
		return nil, err
	}
	if err := accept(m.Header); err != nil {
		return nil, err
	}
	if m.Algorithm != s.alg.name {
		return nil, wrongAlgorithm("alg", m.Algorithm, s.alg.name)
	}
	if m.Encryption != s.enc.name {
		return nil, wrongAlgorithm("enc", m.Encryption, s.enc.name)
	}
	if err := s.enc.check(m); err != nil {
		return nil, err
	}
	candidates, err := s.candidates(m)
	if err != nil {
		return nil, err
	}
	defer s.turns.take().Unlock()
	for _, key := range candidates {
		if plaintext, err := jwxDecrypt(message, s.alg.name, key.jwx); err == nil {
			return plaintext, nil
		}
	}
	return nil, ErrDecrypt
}

// check compares the sizes that the content encryption fixes (RFC 7518 sections
// 5.2 and 5.3). jwx joins ciphertext and tag, so that without this check the
// border between the two could move.
func (e contentEncryption) check(m jweMessage) error {
	if len(m.iv) != e.ivSize {
		return malformed(fmt.Sprintf("initialization vector has %d bytes, not %d", len(m.iv), e.ivSize))
	}
	if len(m.tag) != e.tagSize {
		return malformed(fmt.Sprintf("authentication tag has %d bytes, not %d", len(m.tag), e.tagSize))
	}
	if e.isCBC() && (len(m.ciphertext) == 0 || len(m.ciphertext)%e.ivSize != 0) {
		return malformed("ciphertext is not a number of whole blocks")
	}
	return nil
}

// candidates returns the keys to try: the one that kid names, or without a kid
// all that fit.
func (s *set) candidates(m jweMessage) ([]decryptionKey, error) {
	fits, err := s.matcher(m)
	if err != nil {
		return nil, err
	}
	var candidates []decryptionKey
	known := false
	for _, key := range s.keys {
		if m.KeyID != "" && key.kid != m.KeyID {
			continue
		}
		known = true
		if fits(key.public) {
			candidates = append(candidates, key)
		}
	}
	switch {
	case !known:
		return nil, unknownKey(m.KeyID)
	case len(candidates) > 0:
		return candidates, nil
	case s.alg.isRSA():
		return nil, malformed("encrypted key does not have the size of our key")
	}
	return nil, malformed("epk is not on the curve of our key")
}

// matcher reads what the message shows of the key that it is for, and returns a
// test for that: with RSA the size of the encrypted key (RFC 8017 section
// 7.1.2), with ECDH-ES the curve of the ephemeral key.
func (s *set) matcher(m jweMessage) (fits func(public any) bool, err error) {
	if s.alg.isRSA() {
		return func(public any) bool {
			key, ok := public.(*rsa.PublicKey)
			return ok && key.Size() == len(m.encryptedKey)
		}, nil
	}
	// RFC 7516 section 5.2, step 10: with direct key agreement nothing is sent.
	if len(m.encryptedKey) != 0 {
		return nil, malformed("encrypted key is not empty, as it must be with ECDH-ES")
	}
	ephemeral, err := parseEphemeral(m.members)
	if err != nil {
		return nil, malformed("header: " + err.Error())
	}
	return func(public any) bool { return sameCurve(public, ephemeral) }, nil
}

// parseEphemeral checks the header members of RFC 7518 section 4.6.1 and
// returns the ephemeral public key: a point on its curve, so that none of ours
// is ever multiplied with another one (invalid curve attack).
func parseEphemeral(header object) (any, error) {
	for _, name := range [...]string{"apu", "apv"} {
		s, _, err := header.text(name)
		if err != nil {
			return nil, err
		}
		if _, ok := decode64([]byte(s)); !ok {
			return nil, fmt.Errorf("%s is not strict base64url", name)
		}
	}
	epk, ok := header["epk"]
	if !ok {
		return nil, errors.New("epk is missing")
	}
	k, err := parseJWK(epk)
	if err != nil {
		return nil, fmt.Errorf("epk: %w", err)
	}
	if k.isPrivate() {
		return nil, errors.New("epk holds private members")
	}
	public, err := k.public()
	if u, ok := errors.AsType[unsupported](err); ok { // the message chose the value, which could be anything
		return nil, fmt.Errorf("epk: %s is not supported", u.member)
	}
	if err != nil {
		return nil, fmt.Errorf("epk: %w", err)
	}
	return public, nil
}

func sameCurve(a, b any) bool {
	switch a := a.(type) {
	case *ecdsa.PublicKey:
		b, ok := b.(*ecdsa.PublicKey)
		return ok && a.Curve == b.Curve
	case *ecdh.PublicKey:
		b, ok := b.(*ecdh.PublicKey)
		return ok && a.Curve() == b.Curve()
	}
	return false
}
