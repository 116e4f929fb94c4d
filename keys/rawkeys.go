package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
)

// Raw keys are the standard library's types, and these only:
//
//	public            private
//	*rsa.PublicKey    *rsa.PrivateKey
//	*ecdsa.PublicKey  *ecdsa.PrivateKey   P-256, P-384, P-521
//	*ecdh.PublicKey   *ecdh.PrivateKey    X25519
//	ed25519.PublicKey ed25519.PrivateKey

// A curve is one of NIST's with its JOSE name (RFC 7518 section 6.2.1.1).
type curve struct {
	name  string
	size  int // octets of a coordinate, and of the private scalar
	curve elliptic.Curve
}

var curves = [...]curve{
	{crvP256, 32, elliptic.P256()},
	{crvP384, 48, elliptic.P384()},
	{crvP521, 66, elliptic.P521()},
}

func curveNamed(name string) (curve, bool) {
	for _, c := range curves {
		if c.name == name {
			return c, true
		}
	}
	return curve{}, false
}

// curveOf returns the zero curve for one that is not ours.
func curveOf(c elliptic.Curve) curve {
	if c == nil {
		return curve{}
	}
	known, _ := curveNamed(c.Params().Name)
	return known
}

// public builds the raw public key, checked to be a usable one.
func (k jwk) public() (any, error) {
	switch k.kty {
	case ktyRSA:
		return k.publicRSA()
	case ktyEC:
		return k.publicEC()
	case ktyOKP:
		return k.publicOKP()
	}
	return nil, unsupported{"kty", k.kty}
}

// unsupported is a member of a key that names what we do not know.
type unsupported struct{ member, value string }

func (u unsupported) Error() string {
	return fmt.Sprintf("%s %s is not supported", u.member, quote(u.value))
}

func (k jwk) publicRSA() (*rsa.PublicKey, error) {
	n, err := k.integer("n")
	if err != nil {
		return nil, err
	}
	e, err := k.integer("e")
	if err != nil {
		return nil, err
	}
	if !e.IsInt64() || e.Int64() > 1<<31-1 { // crypto/rsa's own bound
		return nil, errors.New("e is too large")
	}
	pub := &rsa.PublicKey{N: n, E: int(e.Int64())}
	if err := checkRSA(pub); err != nil {
		return nil, err
	}
	return pub, nil
}

// checkRSA refuses keys that are too short, too slow, or no RSA keys.
func checkRSA(pub *rsa.PublicKey) error {
	switch bits := pub.N.BitLen(); {
	case bits < minRSABits:
		return fmt.Errorf("RSA key has %d bits, at least %d are needed", bits, minRSABits)
	case bits > maxRSABits:
		return fmt.Errorf("RSA key has %d bits, at most %d are accepted", bits, maxRSABits)
	case pub.N.Bit(0) == 0:
		return errors.New("RSA modulus is even")
	case pub.E < 3 || pub.E%2 == 0:
		return errors.New("RSA exponent e is weak")
	case isROCA(pub.N):
		return errors.New("RSA modulus is weak (ROCA, CVE-2017-15361)")
	}
	return nil
}

func (k jwk) publicEC() (*ecdsa.PublicKey, error) {
	crv, _, err := k.members.text("crv")
	if err != nil {
		return nil, err
	}
	c, ok := curveNamed(crv)
	if !ok {
		return nil, unsupported{"crv", crv}
	}
	x, err := k.octetsOf("x", c.size)
	if err != nil {
		return nil, err
	}
	y, err := k.octetsOf("y", c.size)
	if err != nil {
		return nil, err
	}
	point := append(append([]byte{4}, x...), y...)
	pub, err := ecdsa.ParseUncompressedPublicKey(c.curve, point)
	if err != nil {
		return nil, errors.New("point is not on the curve")
	}
	return pub, nil
}

func (k jwk) publicOKP() (any, error) {
	crv, _, err := k.members.text("crv")
	if err != nil {
		return nil, err
	}
	if crv != crvEd25519 && crv != crvX25519 {
		return nil, unsupported{"crv", crv}
	}
	x, err := k.octetsOf("x", 32)
	if err != nil {
		return nil, err
	}
	if crv == crvX25519 {
		return ecdh.X25519().NewPublicKey(x)
	}
	if err := checkEd25519(x); err != nil {
		return nil, err
	}
	return ed25519.PublicKey(x), nil
}
