package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
)

// verifying builds the raw public key of a JWK that may have a certificate (RFC
// 7517 section 4.7): the key of its own members, and where it has none, that of
// the first certificate of x5c. If both are there they must be the same.
//
// The certificate is a container for a key and nothing more: its chain, its
// dates and its name are not checked. What vouches for the key is the place
// where the set was fetched.
func (k jwk) verifying() (any, error) {
	certified, err := k.certified()
	if !k.hasKey() && (certified != nil || err != nil) {
		return certified, err
	}
	own, err := k.public()
	if err != nil {
		return nil, err
	}
	// A certificate that cannot be read says nothing against the key beside it.
	if certified != nil && newPublicJWK(own) != newPublicJWK(certified) {
		return nil, errors.New("x5c has another key than the JWK itself")
	}
	return own, nil
}

// hasKey says whether any member of the key itself is there.
func (k jwk) hasKey() bool {
	for _, name := range [...]string{"n", "e", "x", "y"} {
		if _, ok := k.members[name]; ok {
			return true
		}
	}
	return false
}

// certified returns the key of the first certificate of x5c, nil if there is no
// x5c.
func (k jwk) certified() (any, error) {
	chain, ok, err := k.members.texts("x5c")
	if err != nil || !ok {
		return nil, err
	}
	if len(chain) == 0 {
		return nil, errors.New("x5c is empty")
	}
	der, err := base64.StdEncoding.DecodeString(chain[0]) // not base64url: RFC 7517 section 4.7
	if err != nil {
		return nil, errors.New("x5c is not base64")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("x5c does not begin with a certificate")
	}
	key, kty, err := checkCertified(certificate.PublicKey)
	if err == nil && kty != k.kty {
		return nil, errors.New("x5c has a key of another type than kty")
	}
	return key, err
}

// checkCertified makes a key from a certificate pass the same checks as one from
// the members of a JWK.
func checkCertified(public any) (key any, kty string, err error) {
	switch public := public.(type) {
	case *rsa.PublicKey:
		if err := checkRSA(public); err != nil {
			return nil, "", err
		}
		return public, ktyRSA, nil
	case *ecdsa.PublicKey:
		if curveOf(public.Curve).name == "" {
			return nil, "", errors.New("x5c has a key on a curve that is not supported")
		}
		return public, ktyEC, nil
	case ed25519.PublicKey:
		if err := checkEd25519(public); err != nil {
			return nil, "", err
		}
		return public, ktyOKP, nil
	}
	return nil, "", errors.New("x5c has a key of a type that is not supported")
}
