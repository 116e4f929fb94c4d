package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
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
	return nil, fmt.Errorf("kty %s is not supported", quote(k.kty))
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
		return nil, fmt.Errorf("crv %s is not supported", quote(crv))
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
		return nil, fmt.Errorf("crv %s is not supported", quote(crv))
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

// Curve constants of RFC 8032 section 5.1: p = 2^255 - 19, d = -121665/121666.
var (
	edwardsP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edwardsD = new(big.Int).Mod(new(big.Int).Mul(big.NewInt(-121665),
		new(big.Int).ModInverse(big.NewInt(121666), edwardsP)), edwardsP)
)

// checkEd25519 refuses a public key that is no point of the curve, is not
// written in the one canonical way (RFC 8032 section 5.1.3), or has small order
// (anybody can sign for such a key). crypto/ed25519 looks at a key only when it
// verifies, and accepts small order.
func checkEd25519(key []byte) error {
	le := make([]byte, len(key)) // big-endian y, without the sign of x
	for i, b := range key {
		le[len(key)-1-i] = b
	}
	le[0] &= 0x7f
	y := new(big.Int).SetBytes(le)
	if y.Cmp(edwardsP) >= 0 {
		return errors.New("Ed25519 point is not canonical")
	}
	one := big.NewInt(1)
	yy := new(big.Int).Mul(y, y)
	dyy := new(big.Int).Mul(edwardsD, yy)
	// x² = (y² - 1) / (dy² + 1); the denominator is never zero, as -1/d is no
	// square. A quotient is a square if the product is one.
	num := new(big.Int).Sub(yy, one)
	xx := new(big.Int).Mul(num, new(big.Int).Add(dyy, one))
	if big.Jacobi(xx.Mod(xx, edwardsP), edwardsP) < 0 {
		return errors.New("Ed25519 point is not on the curve")
	}
	// Orders 1 and 2: y = ±1. Order 4: y = 0. Order 8: twice the point has
	// y = 0, which by the doubling formula means dy⁴ + 2y² - 1 = 0.
	eight := new(big.Int).Mul(dyy, yy)
	eight.Add(eight, new(big.Int).Lsh(yy, 1)).Sub(eight, one)
	if y.Sign() == 0 || isZeroModP(num) || isZeroModP(eight) {
		return errors.New("Ed25519 point has small order")
	}
	return nil
}

func isZeroModP(n *big.Int) bool { return new(big.Int).Mod(n, edwardsP).Sign() == 0 }
