package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"slices"
)

// contentKey finds the content encryption key of a message that fits key (RFC
// 7516 section 5.2, steps 6 to 13). One that cannot be found is replaced by a
// random one, as section 11.5 advises: what is wrong is known to nobody then,
// nor when, and opening fails.
func (s *set) contentKey(key decryptionKey, m jweMessage) []byte {
	var cek []byte
	if key.rsa != nil {
		cek, _ = rsa.DecryptOAEP(s.alg.hash.New(), nil, key.rsa, m.encryptedKey, nil)
	} else if z, err := key.ecdh.ECDH(m.agreement.ephemeral); err == nil {
		cek = concatKDF(z, s.enc, m.agreement.apu, m.agreement.apv)
	}
	if len(cek) != s.enc.keySize {
		cek = make([]byte, s.enc.keySize)
		rand.Read(cek) // never fails
	}
	return cek
}

// open decrypts the content of a message whose sizes are checked; nil if it is
// not authentic.
func (e contentEncryption) open(cek []byte, m jweMessage) []byte {
	if e.isCBC() {
		return e.openCBC(cek, m)
	}
	gcm, err := newGCM(cek)
	if err != nil {
		return nil
	}
	plaintext, err := gcm.Open(nil, m.iv, slices.Concat(m.ciphertext, m.tag), m.aad)
	if err != nil {
		return nil
	}
	return plaintext
}

// openCBC authenticates, and only then decrypts and removes the padding (RFC
// 7518 section 5.2.2.2), so that nothing can be learned from how that fails.
func (e contentEncryption) openCBC(cek []byte, m jweMessage) []byte {
	macKey, block, err := e.splitCBC(cek)
	if err != nil || !hmac.Equal(e.tagCBC(macKey, m.iv, m.ciphertext, m.aad), m.tag) {
		return nil
	}
	plaintext := make([]byte, len(m.ciphertext))
	cipher.NewCBCDecrypter(block, m.iv).CryptBlocks(plaintext, m.ciphertext)
	pad := int(plaintext[len(plaintext)-1]) // PKCS #7; there is a block at least
	if pad == 0 || pad > aes.BlockSize {
		return nil
	}
	text, padding := plaintext[:len(plaintext)-pad], plaintext[len(plaintext)-pad:]
	if slices.ContainsFunc(padding, func(b byte) bool { return int(b) != pad }) {
		return nil
	}
	return text
}

// seal encrypts with the content encryption; aad is the encoded header (RFC
// 7516 section 5.1, step 14).
func (e contentEncryption) seal(cek, iv, plaintext, aad []byte) (ciphertext, tag []byte, err error) {
	if e.isCBC() {
		return e.sealCBC(cek, iv, plaintext, aad)
	}
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, nil, err
	}
	sealed := gcm.Seal(nil, iv, plaintext, aad)
	border := len(sealed) - e.tagSize
	return sealed[:border], sealed[border:], nil
}

func newGCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealCBC pads and encrypts, and then authenticates all that is sent.
func (e contentEncryption) sealCBC(cek, iv, plaintext, aad []byte) (ciphertext, tag []byte, err error) {
	macKey, block, err := e.splitCBC(cek)
	if err != nil {
		return nil, nil, err
	}
	pad := aes.BlockSize - len(plaintext)%aes.BlockSize // PKCS #7
	ciphertext = append(ciphertext, plaintext...)
	for range pad {
		ciphertext = append(ciphertext, byte(pad))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, ciphertext)
	return ciphertext, e.tagCBC(macKey, iv, ciphertext, aad), nil
}

// splitCBC: the first half is for the HMAC (RFC 7518 section 5.2.2.1).
func (e contentEncryption) splitCBC(cek []byte) (macKey []byte, block cipher.Block, err error) {
	block, err = aes.NewCipher(cek[e.keySize/2:])
	return cek[:e.keySize/2], block, err
}

// tagCBC is the first half of the HMAC.
func (e contentEncryption) tagCBC(macKey, iv, ciphertext, aad []byte) []byte {
	mac := hmac.New(e.hash.New, macKey)
	for _, part := range [...][]byte{aad, iv, ciphertext, binary.BigEndian.AppendUint64(nil, 8*uint64(len(aad)))} {
		mac.Write(part)
	}
	return mac.Sum(nil)[:e.tagSize]
}
