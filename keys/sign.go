package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// A Signer signs compact JWS with one private key and one algorithm: the other
// side of [PublicSet], for a development authorization server and for tests. It
// is immutable and safe for concurrent use; make one with [ParseSigner].
//
// It is written with the standard library alone, so that what it signs is also
// a check of the library that verifies.
type Signer struct {
	*signer // behind a pointer, where package fmt does not look
}

type signer struct {
	alg  signatureAlgorithm
	raw  any
	kid  string
	jwks []byte
}

// ParseSigner reads one private key, PEM or JWK as in [Parse], for signing with
// alg, one of the algorithms of [ParsePublic]. The key must fit it, and its use,
// alg and key_ops must not forbid it. Errors never contain key material.
func ParseSigner(data []byte, alg string) (*Signer, error) {
	list, err := parseSigners(data, alg)
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		return nil, fmt.Errorf("keys: %d private keys, a signer has one", len(list))
	}
	return list[0], nil
}

// parseSigners reads one or more private keys for signing with alg. It reports
// every key that is unusable.
func parseSigners(data []byte, alg string) ([]*Signer, error) {
	sigAlg, err := signatureAlgorithmNamed(alg)
	if err != nil {
		return nil, err
	}
	list, err := parsePrivateKeys(data)
	if err != nil {
		return nil, err
	}
	signers := make([]*Signer, len(list))
	problems := make([]error, len(list))
	for i, key := range list {
		signers[i], problems[i] = newSigner(key, i, sigAlg)
		sameKid := func(other privateKey) bool { return other.public.Kid == key.public.Kid }
		if first := slices.IndexFunc(list[:i], sameKid); first >= 0 && problems[i] == nil { // the other side takes either for it
			problems[i] = keyProblem(i, fmt.Errorf("same kid as key %d", first+1))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return signers, nil
}

// newSigner takes key i of a file.
func newSigner(key privateKey, i int, alg signatureAlgorithm) (*Signer, error) {
	if key.public.Kty != alg.kty || key.public.Crv != alg.crv {
		return nil, keyProblem(i, fmt.Errorf("%s does not fit %s", alg, key.public))
	}
	if err := key.jwk.unsuitable("sig", alg.name, "sign"); err != nil {
		return nil, keyProblem(i, err)
	}
	key.public.Use, key.public.Alg = "sig", alg.name
	return &Signer{&signer{alg: alg, raw: key.raw, kid: key.public.Kid, jwks: marshalJWKS(key.public)}}, nil
}

// KeyID returns the key's id: the JWK's own kid, else the RFC 7638 thumbprint.
func (s *Signer) KeyID() string { return s.kid }

// Algorithm returns the JWS algorithm.
func (s *Signer) Algorithm() string { return s.alg.name }

// PublicJWKS returns the JWK Set with the public key, with use "sig", alg and
// kid. The bytes belong to the caller.
func (s *Signer) PublicJWKS() []byte { return bytes.Clone(s.jwks) }

// Sign returns payload as a compact JWS (RFC 7515 section 7.1). The header has
// alg and kid; the members of header are added to these or replace them, and a
// nil value removes one. They change what the message says and not how it is
// signed: tests need messages that lie.
//
// It fails if header cannot be written as JSON.
func (s *Signer) Sign(payload []byte, header map[string]any) ([]byte, error) {
	message, err := encodeHeader(map[string]any{"alg": s.alg.name, "kid": s.kid}, header)
	if err != nil {
		return nil, err
	}
	message = append(message, '.')
	message = base64url.AppendEncode(message, payload)
	signature, err := s.signature(message)
	if err != nil {
		return nil, fmt.Errorf("keys: signing failed: %w", err)
	}
	message = append(message, '.')
	return base64url.AppendEncode(message, signature), nil
}

func (s *signer) signature(input []byte) ([]byte, error) {
	if key, ok := s.raw.(ed25519.PrivateKey); ok {
		return ed25519.Sign(key, input), nil
	}
	h := s.alg.hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	if key, ok := s.raw.(*ecdsa.PrivateKey); ok {
		return signECDSA(key, digest)
	}
	var options crypto.SignerOpts = s.alg.hash
	if s.alg.pss { // RFC 7518 section 3.5
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.alg.hash}
	}
	return s.raw.(*rsa.PrivateKey).Sign(rand.Reader, digest, options)
}

// signECDSA returns R and S side by side, each as long as a coordinate (RFC
// 7518 section 3.4).
func signECDSA(key *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest)
	if err != nil {
		return nil, err
	}
	size := curveOf(key.Curve).size
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}

// encodeHeader merges own and extra into a base64url header; nil removes.
func encodeHeader(own, extra map[string]any) ([]byte, error) {
	for name, value := range extra {
		if value == nil {
			delete(own, name)
			continue
		}
		own[name] = value
	}
	data, err := json.Marshal(own, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("keys: header cannot be written as JSON: %w", err)
	}
	return base64url.AppendEncode(nil, data), nil
}
