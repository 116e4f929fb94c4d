package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-json-experiment/json"
)

// maxKeys bounds a foreign JWK Set.
const maxKeys = 100

// A jwk is the part of a JSON Web Key (RFC 7517 section 4) that is common to
// all types, with the members for the rest.
type jwk struct {
	members object
	kty     string
	kid     string // empty if absent
	use     string // empty if absent
	alg     string // empty if absent
	ops     []string
	hasOps  bool
}

// parseJWK reads the common members. A member that is null counts as absent:
// some servers write null where they have no value.
func parseJWK(data []byte) (jwk, error) {
	members, err := parseObject(data)
	if err != nil {
		return jwk{}, err
	}
	for name, value := range members {
		if value.Kind() == 'n' {
			delete(members, name)
		}
	}
	k := jwk{members: members}
	for _, member := range [...]struct {
		name string
		dst  *string
	}{{"kty", &k.kty}, {"kid", &k.kid}, {"use", &k.use}, {"alg", &k.alg}} {
		s, _, err := members.text(member.name)
		if err != nil {
			return k, err
		}
		*member.dst = s
	}
	if k.kty == "" {
		return k, errors.New("kty is missing")
	}
	if k.ops, k.hasOps, err = members.texts("key_ops"); err != nil {
		return k, err
	}
	return k, nil
}

// unsuitable says why the key is not meant for a purpose, or returns nil: use,
// alg and key_ops are its owner's restrictions (RFC 7517 sections 4.2 to 4.4),
// and an absent one restricts nothing. One of ops must be in key_ops.
func (k jwk) unsuitable(use, alg string, ops ...string) error {
	if k.use != "" && k.use != use {
		return fmt.Errorf("use is %s, not %q", quote(k.use), use)
	}
	if k.alg != "" && k.alg != alg {
		return fmt.Errorf("alg is %s, not %q", quote(k.alg), alg)
	}
	if k.hasOps && !slices.ContainsFunc(ops, func(op string) bool { return slices.Contains(k.ops, op) }) {
		return fmt.Errorf("key_ops does not have %q", ops[0])
	}
	return nil
}

// privateMembers are the members that only a private or a secret key has (RFC
// 7518 section 6; priv is that of the post-quantum type AKP). jwksendpoint has
// the same list.
var privateMembers = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func (k jwk) isPrivate() bool {
	return slices.ContainsFunc(privateMembers[:], func(name string) bool {
		_, ok := k.members[name]
		return ok
	})
}

// octets returns a required base64url member. Errors name the member only.
func (k jwk) octets(name string) ([]byte, error) {
	s, ok, err := k.members.text(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s is missing", name)
	}
	b, ok := decode64([]byte(s))
	if !ok {
		return nil, fmt.Errorf("%s is not strict base64url", name)
	}
	return b, nil
}

// octetsOf is octets with a fixed length (RFC 7518 sections 6.2.1.2 and
// 6.2.2.1: coordinates keep their leading zeros).
func (k jwk) octetsOf(name string, size int) ([]byte, error) {
	b, err := k.octets(name)
	if err != nil {
		return nil, err
	}
	if len(b) != size {
		return nil, fmt.Errorf("%s has %d bytes, not %d", name, len(b), size)
	}
	return b, nil
}

// integer returns a required positive integer (RFC 7518 section 2,
// Base64urlUInt). Leading zeros are not right, but do no harm and do occur
// (section 6.3.1.1 warns of libraries that write one).
func (k jwk) integer(name string) (*big.Int, error) {
	b, err := k.octets(name)
	if err != nil {
		return nil, err
	}
	n := new(big.Int).SetBytes(b)
	if n.Sign() == 0 {
		return nil, fmt.Errorf("%s is zero", name)
	}
	return n, nil
}

// splitJWKS returns the entries of a JWK Set (RFC 7517 section 5), unparsed.
func splitJWKS(data []byte) ([][]byte, error) {
	set, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	v, ok := set["keys"]
	if !ok {
		return nil, errors.New("keys is missing")
	}
	values, err := elements(v)
	if err != nil {
		return nil, errors.New("keys is not an array")
	}
	if len(values) > maxKeys {
		return nil, fmt.Errorf("%d keys, at most %d are accepted", len(values), maxKeys)
	}
	entries := make([][]byte, len(values))
	for i, v := range values {
		entries[i] = v
	}
	return entries, nil
}

// A publicJWK is a public key as we publish it. It has no room for a private
// member, and is filled from a public key alone.
type publicJWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitzero"`
	X   string `json:"x,omitzero"`
	Y   string `json:"y,omitzero"`
	N   string `json:"n,omitzero"`
	E   string `json:"e,omitzero"`
	Use string `json:"use,omitzero"`
	Alg string `json:"alg,omitzero"`
	Kid string `json:"kid,omitzero"`
}

// newPublicJWK encodes the key itself; the caller adds use, alg and kid.
func newPublicJWK(key any) publicJWK {
	switch key := key.(type) {
	case *rsa.PublicKey:
		e := big.NewInt(int64(key.E))
		return publicJWK{Kty: ktyRSA, N: base64url.EncodeToString(key.N.Bytes()), E: base64url.EncodeToString(e.Bytes())}
	case *ecdsa.PublicKey:
		point, _ := key.Bytes() // fails off the curve only
		return pointJWK(point)
	case *ecdh.PublicKey:
		return pointJWK(key.Bytes())
	case ed25519.PublicKey:
		return publicJWK{Kty: ktyOKP, Crv: crvEd25519, X: base64url.EncodeToString(key)}
	}
	return publicJWK{}
}

// pointJWK encodes a point for key agreement or ECDSA: the octets 4, x and y of
// a NIST curve (SEC 1 section 2.3.3), or the bare coordinate of X25519.
func pointJWK(point []byte) publicJWK {
	for _, c := range curves {
		if len(point) == 1+2*c.size {
			x, y := point[1:1+c.size], point[1+c.size:]
			return publicJWK{Kty: ktyEC, Crv: c.name, X: base64url.EncodeToString(x), Y: base64url.EncodeToString(y)}
		}
	}
	return publicJWK{Kty: ktyOKP, Crv: crvX25519, X: base64url.EncodeToString(point)}
}

// String says what kind of key it is.
func (k publicJWK) String() string {
	if k.Kty == ktyRSA {
		return "an RSA key"
	}
	return "an " + k.Kty + " key on " + k.Crv
}

// thumbprint is the key's RFC 7638 thumbprint: SHA-256 over its required
// members in lexicographic order, without white space (section 3). All values
// are base64url or plain names, so nothing needs escaping.
func (k publicJWK) thumbprint() string {
	var s string
	switch k.Kty {
	case ktyRSA:
		s = fmt.Sprintf(`{"e":"%s","kty":"RSA","n":"%s"}`, k.E, k.N)
	case ktyEC:
		s = fmt.Sprintf(`{"crv":"%s","kty":"EC","x":"%s","y":"%s"}`, k.Crv, k.X, k.Y)
	case ktyOKP: // RFC 8037 section 2
		s = fmt.Sprintf(`{"crv":"%s","kty":"OKP","x":"%s"}`, k.Crv, k.X)
	}
	sum := sha256.Sum256([]byte(s))
	return base64url.EncodeToString(sum[:])
}

// marshalJWKS writes a JWK Set, in the order of the keys. It cannot fail: all
// strings are ours, or a kid from strict JSON, and so are UTF-8. If it did,
// nothing would be published.
func marshalJWKS(keys ...publicJWK) []byte {
	set, _ := json.Marshal(struct {
		Keys []publicJWK `json:"keys"`
	}{keys}, json.Deterministic(true))
	return set
}
