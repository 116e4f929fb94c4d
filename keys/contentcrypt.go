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
)

// agree makes an ephemeral key for public's curve and returns its public half
// and the shared secret (RFC 7518 section 4.6.2).
func agree(public any) (ephemeral publicJWK, z []byte, err error) {
	peer, _ := public.(*ecdh.PublicKey)
	if key, ok := public.(*ecdsa.PublicKey); ok {
		if peer, err = key.ECDH(); err != nil {
			return publicJWK{}, nil, err
		}
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
	var macKey []byte
	if e.isCBC() { // RFC 7518 section 5.2.2.1: the first half is for the HMAC
		macKey, cek = cek[:e.keySize/2], cek[e.keySize/2:]
	}
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, nil, err
	}
	if e.isCBC() {
		ciphertext, tag = e.sealCBC(block, macKey, iv, plaintext, aad)
		return ciphertext, tag, nil
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	sealed := gcm.Seal(nil, iv, plaintext, aad)
	border := len(sealed) - e.tagSize
	return sealed[:border], sealed[border:], nil
}

// sealCBC pads and encrypts, and then authenticates all that is sent; the tag is
// the first half of the HMAC.
func (e contentEncryption) sealCBC(block cipher.Block, macKey, iv, plaintext, aad []byte) (ciphertext, tag []byte) {
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
	return ciphertext, mac.Sum(nil)[:e.tagSize]
}
