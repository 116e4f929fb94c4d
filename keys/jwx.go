package keys

// This is the only file that knows jwx/v2, and this is the only thing it is used
// for: to verify one signature with one raw key. jwx/v2 is no longer maintained
// (its go.mod is deprecated since June 2026), so everything that decides what is
// acceptable is checked before, by this package; to move to another version or
// library is to rewrite this file.

import (
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

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
