package keys

// This is the only file that knows jwx/v2, and these are the only two things it
// is used for: to decrypt one JWE and to verify one JWS, each with one raw key.
// jwx/v2 is no longer maintained (its go.mod is deprecated since June 2026), so
// everything that decides what is acceptable is checked before, by this
// package; to move to another version or library is to rewrite this file.

import (
	"crypto/ecdh"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/x25519"
)

// jwxKey turns a raw private key into what jwx wants: the same, but for X25519,
// where it has a type of its own. The conversion costs a multiplication, so it
// is done once per key.
func jwxKey(raw any) any {
	if key, ok := raw.(*ecdh.PrivateKey); ok {
		return x25519.PrivateKey(append(key.Bytes(), key.PublicKey().Bytes()...))
	}
	return raw
}

// jwxDecrypt decrypts a compact JWE whose header and segments are checked. Any
// failure, a panic included, is ErrDecrypt and nothing more.
func jwxDecrypt(message []byte, alg string, key any) (plaintext []byte, err error) {
	defer func() {
		if recover() != nil {
			plaintext, err = nil, ErrDecrypt
		}
	}()
	plaintext, err = jwe.Decrypt(message,
		jwe.WithKey(jwa.KeyEncryptionAlgorithm(alg), key),
		// zip is refused before; should it ever get here, 64 KiB is the end.
		jwe.WithMaxDecompressBufferSize(64<<10))
	if err != nil {
		return nil, ErrDecrypt
	}
	return plaintext, nil
}

// jwxVerify verifies a signature over input, the first two segments of a compact
// JWS as they came (RFC 7515 section 5.2); its size is checked. jws.Verify would
// parse the message once more and write it anew: 101 allocations more, and an
// eighth of the whole cost beside the curve. Any failure, a panic included, is
// ErrSignature and nothing more.
func jwxVerify(input, signature []byte, alg string, key any) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrSignature
		}
	}()
	if alg == ed25519Name {
		alg = "EdDSA" // which is how jwx knows it
	}
	verifier, err := jws.NewVerifier(jwa.SignatureAlgorithm(alg))
	if err != nil || verifier.Verify(input, signature, key) != nil {
		return ErrSignature
	}
	return nil
}
