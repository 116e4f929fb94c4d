package rs

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"

	"golang.org/x/sys/cpu"
)

// CacheKey names the facts about a token: a SHA-256 over the token and every setting that decides whether an answer about it
// is believed. So no token can be read out of a cache (RFC 9700 section 4.9.3), and no server takes facts that were believed
// with other settings. Another version of the stored form has other keys.
type CacheKey [sha256.Size]byte

// cacheKeys names tokens in the caches and flights of one Server.
//
// In a cache that others may share, a key is SHA-256(salt ‖ token): see [CacheKey]. In its own a Server needs no salt, and for
// a long token it takes a keyed digest, because SHA-256 of 1 kB costs 0.7 µs, as much as all the rest of a hit, and the
// keyed one 0.16 µs. A short token, of which 16 bytes could tell much, always has a one-way digest.
type cacheKeys struct {
	salt []byte    // nil: only the Server itself reads the keys
	mac  *tokenMAC // nil: SHA-256 for all
}

func newCacheKeys(cfg *Config) cacheKeys {
	if cfg.Cache != nil {
		salt := keySalt(cfg)
		return cacheKeys{salt: salt[:]}
	}
	return cacheKeys{mac: newTokenMAC()}
}

// keySalt hashes what all keys of one server have in common: who is asked, and every setting that decides whether an answer is
// believed and is not applied again at each hit. So a server takes nothing out of a shared cache that another issuer said (the
// lesson of CVE-2026-33496), or that a server with weaker checks believed. Of a setting that cannot be compared, only whether it
// is set becomes part of the key.
//
// The first part is the version, of the parts and of the stored form: a change of either must change it, or servers of two
// versions would read each other's facts.
func keySalt(cfg *Config) [sha256.Size]byte {
	var tokenAudiences []string
	if cfg.AccessTokenMode != Introspect { // there they are compared with more than what is remembered
		tokenAudiences = cfg.TokenAudiences
	}
	h := sha256.New()
	for _, part := range []any{
		"rs2", cfg.Issuer, cfg.IntrospectionEndpoint, cfg.InternalURL, cfg.ClientID, cfg.Format.String(), cfg.JWKSEndpoint,
		cfg.SigningAlg, cfg.ResponseAudiences, cfg.ResponseMaxAge, cfg.ClockSkew, cfg.LenientResponseType, cfg.JWKSTTL, cfg.JWKSMaxStale,
		cfg.AccessTokenMode.String(), cfg.AccessTokenAlg, cfg.LenientKeycloak, cfg.LenientEntra, tokenAudiences, cfg.Decrypter != nil,
		cfg.HTTPClient != nil, cfg.RootCAs != nil, cfg.InsecureSkipVerify, cfg.InsecureAllowHTTP,
	} {
		_, _ = fmt.Fprintf(h, "%#v\n", part) // strings in quotes, lists in braces: no two lists of parts read the same
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// longToken is the length, in bytes, above which a token has far more to it than fits into a digest of 16.
const longToken = 128

func (k *cacheKeys) of(token string) CacheKey {
	switch {
	case k.salt != nil:
		return k.salted(token)
	case k.mac != nil && len(token) > longToken:
		return k.mac.sum(token)
	}
	return sha256.Sum256(bytesOf(token))
}

// salted: the buffer keeps tokens of the common lengths off the heap.
func (k *cacheKeys) salted(token string) CacheKey {
	var buf [sha256.Size + 2048]byte
	return sha256.Sum256(append(append(buf[:0], k.salt...), token...))
}

// tokenMAC is GMAC (NIST SP 800-38D), encrypted once more with a second key: a pseudo-random function with keys that
// exist in this process only. That two tokens of up to 8 kB have one key has a chance of less than one in 2^118. The
// nonce can be constant since no key is ever shown to anybody, and the second encryption sees to it that not even the
// timing of a map could tell of the first.
type tokenMAC struct {
	gmac  cipher.AEAD
	block cipher.Block
	sums  sync.Pool // *macSum: what is passed through an interface would be allocated
}

type macSum struct {
	nonce [12]byte // zero
	key   CacheKey
}

// newTokenMAC is nil where it would not be fast, or is not allowed (GODEBUG=fips140=only).
func newTokenMAC() *tokenMAC {
	if fast := cpu.X86.HasAES && cpu.X86.HasPCLMULQDQ || cpu.ARM64.HasAES && cpu.ARM64.HasPMULL; !fast {
		return nil
	}
	var secrets [2][16]byte
	var blocks [2]cipher.Block
	for i := range secrets {
		_, _ = rand.Read(secrets[i][:]) // never fails
		var err error
		if blocks[i], err = aes.NewCipher(secrets[i][:]); err != nil {
			return nil
		}
	}
	gmac, err := cipher.NewGCM(blocks[0])
	if err != nil {
		return nil
	}
	return &tokenMAC{gmac: gmac, block: blocks[1], sums: sync.Pool{New: func() any { return new(macSum) }}}
}

func (m *tokenMAC) sum(token string) CacheKey {
	s, _ := m.sums.Get().(*macSum)
	defer m.sums.Put(s)
	m.gmac.Seal(s.key[:0], s.nonce[:], nil, bytesOf(token))
	m.block.Encrypt(s.key[:16], s.key[:16])
	return s.key
}
