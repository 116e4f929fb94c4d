package keys

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
)

// A Set is our own private keys for decrypting JWE, with the one algorithm and
// the one content encryption that are accepted. It is immutable and safe for
// concurrent use. A nil or zero Set has no keys: it publishes nothing and
// decrypts nothing.
//
// Formatting a Set with package fmt prints no key material.
type Set struct {
	s *set // behind a pointer, where package fmt does not look
}

type set struct {
	alg  keyAlgorithm
	enc  contentEncryption
	keys []decryptionKey
	jwks []byte

	turns *turns // a place for each decryption under way
}

// A decryptionKey is a private key: either rsa or ecdh.
type decryptionKey struct {
	kid    string
	public any
	rsa    *rsa.PrivateKey
	ecdh   *ecdh.PrivateKey
}

func newDecryptionKey(key privateKey) (decryptionKey, error) {
	k := decryptionKey{kid: key.public.Kid, public: publicOf(key.raw)}
	var err error
	switch raw := key.raw.(type) {
	case *rsa.PrivateKey:
		k.rsa = raw
	case *ecdsa.PrivateKey:
		k.ecdh, err = raw.ECDH()
	case *ecdh.PrivateKey:
		k.ecdh = raw
	}
	return k, err
}

// Parse reads our private keys and pins what they are used for.
//
// data is PEM (PKCS#8, PKCS#1 or SEC 1; several blocks are several keys), one
// private JWK, or a JWK Set of private keys. A PEM text may be on one line with
// "\n" spelled out. The first key is the current one, which is published first;
// the others are kept for rotation. A key's id is the JWK's own kid, else its
// RFC 7638 thumbprint.
//
// alg is RSA-OAEP, RSA-OAEP-256 (RSA keys of 2048 to 8192 bits) or ECDH-ES (EC
// keys on P-256, P-384 or P-521, or OKP keys on X25519). enc is A128GCM,
// A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512. All keys must
// be of one type. There is no key wrapping, no RSA1_5, no dir and no PBES2.
//
// A key is refused rather than skipped, and all refused keys are reported in
// one error, which never contains key material: keys that are encrypted,
// public, too short, broken, of the wrong type, restricted to another purpose
// by use, alg or key_ops, or listed twice under one id.
func Parse(data []byte, alg, enc string) (*Set, error) {
	keyAlg, contentEnc, err := encryptionNamed(alg, enc)
	if err != nil {
		return nil, err
	}
	list, err := parsePrivateKeys(data)
	if err != nil {
		return nil, err
	}
	if err := checkSet(list, keyAlg); err != nil {
		return nil, err
	}
	s := &set{alg: keyAlg, enc: contentEnc, turns: newTurns()}
	published := make([]publicJWK, len(list))
	for i, key := range list {
		ready, err := newDecryptionKey(key)
		if err != nil {
			return nil, keyProblem(i, err)
		}
		s.keys = append(s.keys, ready)
		published[i] = key.public
		published[i].Use, published[i].Alg = "enc", alg
	}
	s.jwks = marshalJWKS(published...)
	return &Set{s}, nil
}

// checkSet reports keys that cannot serve alg, and ids and types that clash.
func checkSet(list []privateKey, alg keyAlgorithm) error {
	problems := make([]error, len(list))
	seen := make(map[string]int)
	for i, key := range list {
		err := fitsAlgorithm(key, alg)
		if first, dup := seen[key.public.Kid]; err == nil && dup {
			err = fmt.Errorf("same kid as key %d", first+1)
		}
		if err == nil && key.public.Kty != list[0].public.Kty {
			err = fmt.Errorf("type is %s, but that of key 1 is %s", key.public.Kty, list[0].public.Kty)
		}
		if err != nil {
			problems[i] = keyProblem(i, err)
		}
		if _, dup := seen[key.public.Kid]; !dup {
			seen[key.public.Kid] = i
		}
	}
	return errors.Join(problems...)
}

func fitsAlgorithm(key privateKey, alg keyAlgorithm) error {
	if key.public.Crv == crvEd25519 {
		return errors.New("an Ed25519 key only signs: X25519 is the one that decrypts")
	}
	switch isRSA := key.public.Kty == ktyRSA; {
	case alg.isRSA() && !isRSA:
		return fmt.Errorf("%s needs an RSA key, this one is %s", alg.name, key.public.Kty)
	case !alg.isRSA() && isRSA:
		return fmt.Errorf("%s needs an EC or OKP key, this one is RSA", alg.name)
	}
	return key.jwk.unsuitable("enc", alg.name, "decrypt", "unwrapKey", "deriveKey", "deriveBits")
}

// PublicJWKS returns the public JWK Set (RFC 7517 section 5), current key
// first, every key with use "enc", alg and kid. The bytes are the same on every
// call and belong to the caller. They are built from the public keys alone; a
// private member cannot get in.
func (s *Set) PublicJWKS() []byte {
	if s == nil || s.s == nil {
		return nil
	}
	return bytes.Clone(s.s.jwks)
}

// KeyIDs returns the ids of the keys, current key first.
func (s *Set) KeyIDs() []string {
	if s == nil || s.s == nil {
		return nil
	}
	ids := make([]string, len(s.s.keys))
	for i, key := range s.s.keys {
		ids[i] = key.kid
	}
	return ids
}

// Type returns the type that all keys share, as in a JWK's kty: "RSA", "EC" or
// "OKP". It is empty for a Set without keys.
func (s *Set) Type() string {
	if s == nil || s.s == nil {
		return ""
	}
	return newPublicJWK(s.s.keys[0].public).Kty
}
