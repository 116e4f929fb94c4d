package keys

import (
	"crypto"
	_ "crypto/sha1"   // for RSA-OAEP
	_ "crypto/sha256" // for crypto.SHA256.New
	_ "crypto/sha512" // for crypto.SHA384.New and crypto.SHA512.New
	"errors"
	"fmt"
)

// Key types (RFC 7518 section 6.1, RFC 8037 section 2) and curves.
const (
	ktyRSA = "RSA"
	ktyEC  = "EC"
	ktyOKP = "OKP"

	crvP256    = "P-256"
	crvP384    = "P-384"
	crvP521    = "P-521"
	crvEd25519 = "Ed25519"
	crvX25519  = "X25519"
)

// Sizes of RSA moduli, in bits. RFC 7518 sections 3.3 and 4.3 demand at least
// 2048; the upper bound keeps a verification cheap.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// A signatureAlgorithm is a JWS algorithm (RFC 7518 section 3.1, RFC 8037
// section 3.1). There is no "none" and no HMAC: we only know public keys.
type signatureAlgorithm struct {
	name string
	kty  string
	crv  string      // the one curve, or empty for RSA
	hash crypto.Hash // zero for EdDSA and Ed25519, which hash by themselves
	pss  bool
	size int // octets of a signature; zero for RSA: those of the modulus
}

// ed25519Name is the name of EdDSA with the one curve that we know, by itself (RFC 9864 section 2.2). What is configured is
// what a header must say: the two names are not taken for each other.
const ed25519Name = "Ed25519"

var signatureAlgorithms = [...]signatureAlgorithm{
	{name: "ES256", kty: ktyEC, crv: crvP256, hash: crypto.SHA256, size: 64},
	{name: "ES384", kty: ktyEC, crv: crvP384, hash: crypto.SHA384, size: 96},
	{name: "ES512", kty: ktyEC, crv: crvP521, hash: crypto.SHA512, size: 132},
	{name: "RS256", kty: ktyRSA, hash: crypto.SHA256},
	{name: "RS384", kty: ktyRSA, hash: crypto.SHA384},
	{name: "RS512", kty: ktyRSA, hash: crypto.SHA512},
	{name: "PS256", kty: ktyRSA, hash: crypto.SHA256, pss: true},
	{name: "PS384", kty: ktyRSA, hash: crypto.SHA384, pss: true},
	{name: "PS512", kty: ktyRSA, hash: crypto.SHA512, pss: true},
	{name: "EdDSA", kty: ktyOKP, crv: crvEd25519, size: 64},
	{name: ed25519Name, kty: ktyOKP, crv: crvEd25519, size: 64},
}

// A keyAlgorithm is a JWE key management algorithm (RFC 7518 section 4.1). The
// key wrapping ones (ECDH-ES+A*KW) are left out because they add nothing for one
// recipient; RSA1_5, dir, A*KW and PBES2 because they are weak or need a shared
// secret.
type keyAlgorithm struct {
	name string
	hash crypto.Hash // of OAEP; zero for ECDH-ES
}

var keyAlgorithms = [...]keyAlgorithm{
	{name: "RSA-OAEP", hash: crypto.SHA1}, // RFC 7518 section 4.3: the default OAEP parameters, that is SHA-1
	{name: "RSA-OAEP-256", hash: crypto.SHA256},
	{name: "ECDH-ES"},
}

// isRSA tells OAEP from key agreement.
func (a keyAlgorithm) isRSA() bool { return a.hash != 0 }

// A contentEncryption is a JWE content encryption algorithm (RFC 7518 section
// 5.1). Sizes are in octets and exact: whoever may choose the size of a tag may
// guess it.
type contentEncryption struct {
	name    string
	keySize int
	ivSize  int
	tagSize int
	hash    crypto.Hash // of the HMAC; zero for GCM
}

var contentEncryptions = [...]contentEncryption{
	{name: "A128GCM", keySize: 16, ivSize: 12, tagSize: 16},
	{name: "A192GCM", keySize: 24, ivSize: 12, tagSize: 16},
	{name: "A256GCM", keySize: 32, ivSize: 12, tagSize: 16},
	{name: "A128CBC-HS256", keySize: 32, ivSize: 16, tagSize: 16, hash: crypto.SHA256},
	{name: "A192CBC-HS384", keySize: 48, ivSize: 16, tagSize: 24, hash: crypto.SHA384},
	{name: "A256CBC-HS512", keySize: 64, ivSize: 16, tagSize: 32, hash: crypto.SHA512},
}

// isCBC tells AES-CBC with HMAC from AES-GCM.
func (e contentEncryption) isCBC() bool { return e.hash != 0 }

func (a signatureAlgorithm) String() string { return a.name }
func (a keyAlgorithm) String() string       { return a.name }
func (e contentEncryption) String() string  { return e.name }

// named finds an algorithm by its exact JOSE name. kind is for the error.
func named[A fmt.Stringer](list []A, kind, name string) (A, error) {
	known := make([]string, len(list))
	for i, a := range list {
		if known[i] = a.String(); known[i] == name {
			return a, nil
		}
	}
	var none A
	return none, &AlgorithmError{name, known, kind}
}

func signatureAlgorithmNamed(name string) (signatureAlgorithm, error) {
	return named(signatureAlgorithms[:], "signature algorithm", name)
}

// encryptionNamed finds the two halves of a JWE's algorithms, and reports both
// if both are wrong.
func encryptionNamed(alg, enc string) (keyAlgorithm, contentEncryption, error) {
	a, algErr := named(keyAlgorithms[:], "encryption algorithm", alg)
	e, encErr := named(contentEncryptions[:], "content encryption", enc)
	return a, e, errors.Join(algErr, encErr)
}
