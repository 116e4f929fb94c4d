package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
)

// private builds the raw private key, checked to belong to the public part
// that stands beside it: a mismatch would publish a key that we cannot use.
func (k jwk) private() (any, error) {
	if k.kty == "oct" {
		return nil, errors.New("kty is oct: a shared secret is no private key")
	}
	public, err := k.public()
	if err != nil {
		return nil, err
	}
	if !k.isPrivate() {
		return nil, errors.New("this is a public key: the private one is needed")
	}
	switch public := public.(type) {
	case *rsa.PublicKey:
		return k.privateRSA(public)
	case *ecdsa.PublicKey:
		return k.privateEC(public)
	case *ecdh.PublicKey:
		return k.privateX25519(public)
	}
	return k.privateEd25519(public.(ed25519.PublicKey))
}

var errMismatch = errors.New("private and public part do not belong together")

// privateRSA needs the two primes (RFC 7518 section 6.3.2 recommends them): to
// compute without them is several times slower.
func (k jwk) privateRSA(public *rsa.PublicKey) (*rsa.PrivateKey, error) {
	if _, ok := k.members["oth"]; ok {
		return nil, errors.New("RSA keys with more than two primes (oth) are not supported")
	}
	var numbers [3]*big.Int
	for i, name := range [...]string{"d", "p", "q"} {
		n, err := k.integer(name)
		if err != nil {
			return nil, err
		}
		numbers[i] = n
	}
	key := &rsa.PrivateKey{PublicKey: *public, D: numbers[0], Primes: numbers[1:]}
	if err := key.Validate(); err != nil {
		return nil, errMismatch
	}
	key.Precompute()
	return key, k.checkCRT(key)
}

// checkCRT compares the optional dp, dq and qi with what p, q and d give.
func (k jwk) checkCRT(key *rsa.PrivateKey) error {
	for _, member := range [...]struct {
		name string
		want *big.Int
	}{{"dp", key.Precomputed.Dp}, {"dq", key.Precomputed.Dq}, {"qi", key.Precomputed.Qinv}} {
		if _, ok := k.members[member.name]; !ok {
			continue
		}
		got, err := k.integer(member.name)
		if err != nil {
			return err
		}
		if got.Cmp(member.want) != 0 {
			return fmt.Errorf("%s does not fit the other members", member.name)
		}
	}
	return nil
}

func (k jwk) privateEC(public *ecdsa.PublicKey) (*ecdsa.PrivateKey, error) {
	d, err := k.octetsOf("d", curveOf(public.Curve).size)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.ParseRawPrivateKey(public.Curve, d)
	if err != nil {
		return nil, errors.New("d is out of range")
	}
	if !key.PublicKey.Equal(public) {
		return nil, errMismatch
	}
	return key, nil
}

func (k jwk) privateX25519(public *ecdh.PublicKey) (*ecdh.PrivateKey, error) {
	d, err := k.octetsOf("d", 32)
	if err != nil {
		return nil, err
	}
	key, err := ecdh.X25519().NewPrivateKey(d)
	if err != nil {
		return nil, errors.New("d is out of range")
	}
	if !key.PublicKey().Equal(public) {
		return nil, errMismatch
	}
	return key, nil
}

func (k jwk) privateEd25519(public ed25519.PublicKey) (ed25519.PrivateKey, error) {
	d, err := k.octetsOf("d", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	key := ed25519.NewKeyFromSeed(d)
	if !key.Public().(ed25519.PublicKey).Equal(public) {
		return nil, errMismatch
	}
	return key, nil
}
