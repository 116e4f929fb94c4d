package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// agree makes an ephemeral key for public's curve and returns its public half
// and the shared secret (RFC 7518 section 4.6.2).
func agree(public any) (ephemeral publicJWK, z []byte, err error) {
	var peer *ecdh.PublicKey
	switch public := public.(type) {
	case *ecdh.PublicKey:
		peer = public
	case *ecdsa.PublicKey:
		if peer, err = public.ECDH(); err != nil {
			return publicJWK{}, nil, err
		}
	default:
		return publicJWK{}, nil, fmt.Errorf("no key agreement with a %T", public)
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

// seal encrypts with the content encryption; aad is the encoded header (RFC
// 7516 section 5.1, step 14).
func (e contentEncryption) seal(cek, iv, plaintext, aad []byte) (ciphertext, tag []byte, err error) {
	if e.isCBC() {
		return e.sealCBC(cek, iv, plaintext, aad)
	}
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	sealed := gcm.Seal(nil, iv, plaintext, aad)
	border := len(sealed) - e.tagSize
	return sealed[:border], sealed[border:], nil
}

// sealCBC is RFC 7518 section 5.2.2.1: the first half of the key is for the
// HMAC, the second for AES, and the tag is the first half of the HMAC.
func (e contentEncryption) sealCBC(cek, iv, plaintext, aad []byte) (ciphertext, tag []byte, err error) {
	macKey, encKey := cek[:e.keySize/2], cek[e.keySize/2:]
	block, err := aes.NewCipher(encKey)
	if err != nil {
		return nil, nil, err
	}
	pad := aes.BlockSize - len(plaintext)%aes.BlockSize // PKCS #7
	ciphertext = append(ciphertext, plaintext...)
	for range pad {
		ciphertext = append(ciphertext, byte(pad))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, ciphertext)
	mac := hmac.New(e.hash.New, macKey)
	for _, part := range [...][]byte{aad, iv, ciphertext, binary.BigEndian.AppendUint64(nil, 8*uint64(len(aad)))} {
		mac.Write(part)
	}
	return ciphertext, mac.Sum(nil)[:e.tagSize], nil
}
