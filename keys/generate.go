package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// generatedRSABits is the size of the RSA keys that we make: what RFC 7518
// demands at least, and enough until 2030 by the advice of NIST (SP 800-57) and
// ANSSI. 3072 bits would make every decryption three times as slow for a key
// that is meant to be replaced long before.
const generatedRSABits = 2048

// Generate makes a new private key for decrypting, as a PKCS#8 PEM text: kty
// "RSA" is a key of 2048 bits for RSA-OAEP, "EC" one on P-256 and "OKP" one on
// X25519, both for ECDH-ES. Whoever stores the text gives it file mode 0600.
func Generate(kty string) ([]byte, error) {
	switch kty {
	case ktyRSA:
		return encodeKey(rsa.GenerateKey(rand.Reader, generatedRSABits))
	case ktyEC:
		return encodeKey(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case ktyOKP:
		return encodeKey(ecdh.X25519().GenerateKey(rand.Reader))
	}
	return nil, fmt.Errorf("keys: no such key type %s (use RSA, EC or OKP)", quote(kty))
}

// GenerateSigning makes a new private key for signing with a JWS algorithm, as
// a PKCS#8 PEM text: on the algorithm's curve for ES256, ES384, ES512, EdDSA
// and Ed25519, of 2048 bits for the RS and PS ones.
func GenerateSigning(alg string) ([]byte, error) {
	sigAlg, err := signatureAlgorithmNamed(alg)
	if err != nil {
		return nil, err
	}
	switch sigAlg.kty {
	case ktyRSA:
		return Generate(ktyRSA)
	case ktyEC:
		c, _ := curveNamed(sigAlg.crv)
		return encodeKey(ecdsa.GenerateKey(c.curve, rand.Reader))
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return encodeKey(key, err)
}

func encodeKey[K any](key K, err error) ([]byte, error) {
	if err != nil {
		return nil, fmt.Errorf("keys: generating a key failed: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("keys: encoding a new key failed: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
