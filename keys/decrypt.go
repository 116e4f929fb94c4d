package keys

import "fmt"

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
	candidates, err := s.candidates(&m)
	if err != nil {
		return nil, err
	}
	defer s.turns.take().Unlock()
	for _, key := range candidates {
		if plaintext := s.enc.open(s.contentKey(key, m), m); len(plaintext) > 0 {
			return plaintext, nil
		}
	}
	return nil, ErrDecrypt
}

// check compares the sizes that the content encryption fixes (RFC 7518 sections
// 5.2 and 5.3). GCM takes ciphertext and tag in one piece, so that without this
// check the border between the two could move.
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
func (s *set) candidates(m *jweMessage) ([]decryptionKey, error) {
	if !s.alg.isRSA() {
		if err := m.readAgreement(); err != nil {
			return nil, err
		}
	}
	var candidates []decryptionKey
	known := false
	for _, key := range s.keys {
		if m.KeyID != "" && key.kid != m.KeyID {
			continue
		}
		known = true
		if key.fits(m) {
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

// fits compares what the message shows of the key that it is for: with RSA the
// size of the encrypted key (RFC 8017 section 7.1.2), with ECDH-ES the curve of
// the ephemeral key, so that none of ours is ever multiplied with a point of
// another one (invalid curve attack).
func (k decryptionKey) fits(m *jweMessage) bool {
	if k.rsa != nil {
		return k.rsa.Size() == len(m.encryptedKey)
	}
	return m.agreement.ephemeral != nil && m.agreement.ephemeral.Curve() == k.ecdh.Curve()
}
