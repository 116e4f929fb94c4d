package keys

import (
	"errors"
	"math/big"
	"slices"
)

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
	octets := slices.Clone(key) // y, little-endian, with the sign of x on top
	slices.Reverse(octets)
	octets[0] &= 0x7f
	y := new(big.Int).SetBytes(octets)
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

// isROCA recognizes a modulus made by the flawed Infineon library (Nemec et
// al., "The Return of Coppersmith's Attack", 2017): its primes, and so their
// product, are powers of 65537 modulo every small prime. A sound modulus passes
// for one with a probability of about 2^-28.
func isROCA(n *big.Int) bool {
	for p := int64(3); p <= 167; p += 2 {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		residue := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		power, found := int64(1), false
		for range p - 1 {
			found = found || power == residue
			power = power * 65537 % p
		}
		if !found {
			return false
		}
	}
	return true
}
