// Package floor is the cryptography of an answer of RFC 9701 that nobody can save, with the standard library alone.
package floor

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: RSA-OAEP is OAEP with SHA-1 by definition (RFC 7518 section 4.3)
	"crypto/sha256"
	"errors"
)

// Primitives are one decryption of a content key and one verification of an ES256 signature. They are safe for concurrent use.
type Primitives struct {
	decryption   *rsa.PrivateKey
	box          []byte
	verification *ecdsa.PublicKey
	digest       [sha256.Size]byte
	signature    []byte
}

// New prepares them: a box to open with decryption, and a signature of signing.
func New(decryption *rsa.PrivateKey, signing *ecdsa.PrivateKey) (*Primitives, error) {
	p := &Primitives{decryption: decryption, verification: &signing.PublicKey, digest: sha256.Sum256([]byte("message"))}
	var err error
	if p.box, err = rsa.EncryptOAEP(sha1.New(), rand.Reader, &decryption.PublicKey, make([]byte, 32), nil); err != nil { //nolint:gosec // G401: as above
		return nil, err
	}
	p.signature, err = ecdsa.SignASN1(rand.Reader, signing, p.digest[:])
	return p, err
}

// Once does both.
func (p *Primitives) Once() error {
	if _, err := rsa.DecryptOAEP(sha1.New(), nil, p.decryption, p.box, nil); err != nil { //nolint:gosec // G401: as above
		return err
	}
	if !ecdsa.VerifyASN1(p.verification, p.digest[:], p.signature) {
		return errors.New("floor: a signature does not verify")
	}
	return nil
}
