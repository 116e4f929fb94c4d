package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// An agreement is what the header of an ECDH-ES message says about its key (RFC
// 7518 section 4.6.1).
type agreement struct {
	ephemeral *ecdh.PublicKey // epk; nil if it can agree with no key of ours
	apu, apv  []byte
}

// readAgreement checks the members of the header and keeps them: epk must be a
// point on its curve.
func (m *jweMessage) readAgreement() error {
	// RFC 7516 section 5.2, step 10: with direct key agreement nothing is sent.
	if len(m.encryptedKey) != 0 {
		return malformed("encrypted key is not empty, as it must be with ECDH-ES")
	}
	var err error
	if m.agreement, err = parseAgreement(m.members); err != nil {
		return malformed("header: " + err.Error())
	}
	return nil
}

func parseAgreement(header object) (agreement, error) {
	var a agreement
	for _, info := range [...]struct {
		name string
		dst  *[]byte
	}{{"apu", &a.apu}, {"apv", &a.apv}} {
		s, _, err := header.text(info.name)
		if err != nil {
			return agreement{}, err
		}
		var ok bool
		if *info.dst, ok = decode64([]byte(s)); !ok {
			return agreement{}, fmt.Errorf("%s is not strict base64url", info.name)
		}
	}
	epk, ok := header["epk"]
	if !ok {
		return agreement{}, errors.New("epk is missing")
	}
	k, err := parseJWK(epk)
	if err != nil {
		return agreement{}, fmt.Errorf("epk: %w", err)
	}
	if k.isPrivate() {
		return agreement{}, errors.New("epk holds private members")
	}
	public, err := k.public()
	if u, ok := errors.AsType[unsupported](err); ok { // the message chose the value, which could be anything
		return agreement{}, fmt.Errorf("epk: %s is not supported", u.member)
	}
	if err != nil {
		return agreement{}, fmt.Errorf("epk: %w", err)
	}
	a.ephemeral, err = agreementKey(public)
	return a, err
}

// agreementKey is a public key as key agreement needs it, nil if it is for
// something else.
func agreementKey(public any) (*ecdh.PublicKey, error) {
	switch key := public.(type) {
	case *ecdh.PublicKey:
		return key, nil
	case *ecdsa.PublicKey:
		return key.ECDH()
	}
	return nil, nil //nolint:nilnil // which is no error: it may be one of several
}

// agree makes an ephemeral key for public's curve and returns its public half
// and the shared secret (RFC 7518 section 4.6.2).
func agree(public any) (ephemeral publicJWK, z []byte, err error) {
	peer, err := agreementKey(public)
	if err != nil {
		return publicJWK{}, nil, err
	}
	key, err := peer.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return publicJWK{}, nil, err
	}
	if z, err = key.ECDH(peer); err != nil {
		return publicJWK{}, nil, err
	}
	return newPublicJWK(key.PublicKey()), z, nil
}

// concatKDF derives the content encryption key (RFC 7518 section 4.6.2 and
// appendix C; NIST SP 800-56A section 5.8.2.1) with SHA-256.
func concatKDF(z []byte, enc contentEncryption, apu, apv []byte) []byte {
	var info []byte // AlgorithmID, PartyUInfo, PartyVInfo, SuppPubInfo
	for _, field := range [...][]byte{[]byte(enc.name), apu, apv} {
		info = binary.BigEndian.AppendUint32(info, uint32(len(field)))
		info = append(info, field...)
	}
	info = binary.BigEndian.AppendUint32(info, uint32(8*enc.keySize))
	var key []byte
	for round := uint32(1); len(key) < enc.keySize; round++ {
		h := sha256.New()
		h.Write(binary.BigEndian.AppendUint32(nil, round))
		h.Write(z)
		h.Write(info)
		key = h.Sum(key)
	}
	return key[:enc.keySize]
}
