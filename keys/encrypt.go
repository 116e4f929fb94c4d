package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

// An Encrypter encrypts compact JWE to one public key: the other side of [Set],
// for a development authorization server and for tests. It is immutable and
// safe for concurrent use; make one with [NewEncrypter].
type Encrypter struct {
	alg    keyAlgorithm
	enc    contentEncryption
	public any
	kid    string // empty if the JWK has none
}

// NewEncrypter picks the first key of a JWK Set that fits alg (see [Parse] for
// alg and enc) and whose use, alg and key_ops do not forbid encryption, as an
// authorization server does with a client's keys.
func NewEncrypter(jwks []byte, alg, enc string) (*Encrypter, error) {
	keyAlg, contentEnc, err := encryptionNamed(alg, enc)
	if err != nil {
		return nil, err
	}
	entries, err := splitJWKS(jwks)
	if err != nil {
		return nil, fmt.Errorf("keys: not a JWK Set (%w)", err)
	}
	for _, entry := range entries {
		k, err := parseJWK(entry)
		if err != nil || k.isPrivate() || k.unsuitable("enc", alg, "encrypt", "wrapKey", "deriveKey", "deriveBits") != nil {
			continue
		}
		if public, err := k.public(); err == nil && keyAlg.encryptsTo(public) {
			return &Encrypter{alg: keyAlg, enc: contentEnc, public: public, kid: k.kid}, nil
		}
	}
	return nil, fmt.Errorf("keys: no key of the set can encrypt with %s", alg)
}

func (a keyAlgorithm) encryptsTo(public any) bool {
	switch public.(type) {
	case *rsa.PublicKey:
		return a.isRSA()
	case *ecdsa.PublicKey, *ecdh.PublicKey:
		return !a.isRSA()
	}
	return false
}

// Encrypt returns plaintext as a compact JWE (RFC 7516 section 7.1). The header
// has alg, enc, kid if the key has one, and epk for ECDH-ES; the members of
// header are added to these or replace them, and a nil value removes one. They
// change what the message says and not how it is encrypted, except for apu and
// apv, which enter the key (RFC 7518 section 4.6.2): tests need messages that
// lie.
//
// It fails if header cannot be written as JSON.
func (e *Encrypter) Encrypt(plaintext []byte, header map[string]any) ([]byte, error) {
	own := map[string]any{"alg": e.alg.name, "enc": e.enc.name}
	if e.kid != "" {
		own["kid"] = e.kid
	}
	cek, encryptedKey, err := e.contentKey(own, header)
	if err != nil {
		return nil, fmt.Errorf("keys: encryption failed: %w", err)
	}
	message, err := encodeHeader(own, header)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, e.enc.ivSize)
	rand.Read(iv) // never fails
	ciphertext, tag, err := e.enc.seal(cek, iv, plaintext, message)
	if err != nil {
		return nil, fmt.Errorf("keys: encryption failed: %w", err)
	}
	for _, segment := range [...][]byte{encryptedKey, iv, ciphertext, tag} {
		message = append(message, '.')
		message = base64url.AppendEncode(message, segment)
	}
	return message, nil
}

// contentKey makes the content encryption key, and what is sent of it: with RSA
// the key, encrypted; with ECDH-ES nothing but epk, which goes to own.
func (e *Encrypter) contentKey(own, header map[string]any) (cek, encryptedKey []byte, err error) {
	if key, ok := e.public.(*rsa.PublicKey); ok {
		cek = make([]byte, e.enc.keySize)
		rand.Read(cek) // never fails
		encryptedKey, err = rsa.EncryptOAEP(e.alg.hash.New(), rand.Reader, key, cek, nil)
		return cek, encryptedKey, err
	}
	ephemeral, z, err := agree(e.public)
	if err != nil {
		return nil, nil, err
	}
	own["epk"] = ephemeral
	return concatKDF(z, e.enc, partyInfo(header["apu"]), partyInfo(header["apv"])), nil, nil
}

// partyInfo decodes apu or apv; one that is no base64url string counts as none.
func partyInfo(value any) []byte {
	s, _ := value.(string)
	info, _ := decode64([]byte(s))
	return info
}
