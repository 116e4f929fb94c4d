package keys

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
)

// maxPrivateKeys bounds our own keys: without a kid each of them is tried, and
// a rotation needs three.
const maxPrivateKeys = 16

// A privateKey is a raw private key with its public half as it is published.
type privateKey struct {
	raw    any
	public publicJWK // with kid, without use and alg
	jwk    jwk       // where it came from; zero for PEM
}

// parsePrivateKeys reads PEM blocks, one private JWK, or a JWK Set of private
// keys. It reports every key that is unusable, not the first only. Errors never
// hold any of data.
func parsePrivateKeys(data []byte) ([]privateKey, error) {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return nil, errors.New("keys: no private key (the input is empty)")
	case data[0] == '{':
		return parseJWKKeys(data)
	case bytes.Contains(data, []byte(pemBegin)):
		return parsePEMKeys(data)
	case data[0] == 0x30: // an ASN.1 SEQUENCE
		return nil, errors.New("keys: no private key (this looks like DER: convert it to PEM, with openssl pkey)")
	}
	return nil, errors.New("keys: no private key (neither PEM nor a JWK nor a JWK Set)")
}

func parsePEMKeys(data []byte) ([]privateKey, error) {
	blocks, err := splitPEM(data)
	if err != nil {
		return nil, fmt.Errorf("keys: no private key (%w)", err)
	}
	return collect(len(blocks), func(i int) (privateKey, error) {
		raw, err := parsePEMKey(blocks[i])
		if err != nil {
			return privateKey{}, err
		}
		return newPrivateKey(raw, jwk{}), nil
	})
}

func parseJWKKeys(data []byte) ([]privateKey, error) {
	members, err := parseObject(data)
	if err != nil {
		return nil, fmt.Errorf("keys: no private key (%w)", err)
	}
	entries := [][]byte{data}
	if _, single := members["kty"]; !single {
		if entries, err = splitJWKS(data); err != nil {
			return nil, fmt.Errorf("keys: no private key (neither a JWK nor a JWK Set: %w)", err)
		}
	}
	return collect(len(entries), func(i int) (privateKey, error) {
		k, err := parseJWK(entries[i])
		if err != nil {
			return privateKey{}, err
		}
		raw, err := k.private()
		if err != nil {
			return privateKey{}, err
		}
		return newPrivateKey(raw, k), nil
	})
}

// collect parses n keys and joins their errors, each with the key's number.
func collect(n int, parse func(i int) (privateKey, error)) ([]privateKey, error) {
	if n == 0 {
		return nil, errors.New("keys: no private key (the input holds none)")
	}
	if n > maxPrivateKeys {
		return nil, fmt.Errorf("keys: %d private keys, at most %d are accepted", n, maxPrivateKeys)
	}
	list := make([]privateKey, n)
	problems := make([]error, n)
	for i := range list {
		var err error
		if list[i], err = parse(i); err != nil {
			problems[i] = keyProblem(i, err)
		}
	}
	return list, errors.Join(problems...)
}

func keyProblem(i int, err error) error {
	return fmt.Errorf("keys: private key %d is unusable (%w)", i+1, err)
}

// newPrivateKey names the key: the JWK's own kid, else the RFC 7638 thumbprint,
// as django-lasuite does.
func newPrivateKey(raw any, k jwk) privateKey {
	public := newPublicJWK(publicOf(raw))
	if public.Kid = k.kid; public.Kid == "" {
		public.Kid = public.thumbprint()
	}
	return privateKey{raw: raw, public: public, jwk: k}
}

func publicOf(raw any) any {
	switch key := raw.(type) {
	case *rsa.PrivateKey:
		return &key.PublicKey
	case *ecdsa.PrivateKey:
		return &key.PublicKey
	case *ecdh.PrivateKey:
		return key.PublicKey()
	case ed25519.PrivateKey:
		return key.Public()
	}
	return nil
}
