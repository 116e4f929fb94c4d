package service

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// LookUp is what a cached token costs whoever decides nothing: a digest, the clock, a map, and a copy of the request to carry
// what was found. Every token is good for an hour, and nobody is asked.
func LookUp() gin.HandlerFunc {
	var mu sync.RWMutex
	known := map[digest]*verdict{}
	digestOf := newDigester()
	return func(gc *gin.Context) {
		line := gc.Request.Header["Authorization"]
		if len(line) != 1 || len(line[0]) <= len("Bearer ") {
			gc.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		key := digestOf(line[0][len("Bearer "):])
		now := time.Now().UnixNano()
		mu.RLock()
		found := known[key]
		mu.RUnlock()
		if found == nil {
			found = &verdict{now + int64(time.Hour)}
			mu.Lock()
			known[key] = found
			mu.Unlock()
		}
		if now >= found.expires {
			gc.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		gc.Request = gc.Request.WithContext(context.WithValue(gc.Request.Context(), verdictKey{}, found))
	}
}

type digest [16]byte

type verdict struct{ expires int64 }

type verdictKey struct{}

// newDigester is what costs least and can still not be forged: SHA-256, and GMAC encrypted once more for long tokens.
func newDigester() func(token string) digest {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		panic(err) //nolint:forbidigo // the length is right
	}
	gmac, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) //nolint:forbidigo // the block is one of AES
	}
	type sum struct {
		text  []byte
		nonce [12]byte
		tag   digest
	}
	sums := sync.Pool{New: func() any { return new(sum) }}
	return func(token string) digest {
		if len(token) <= 128 {
			var text [128]byte
			whole := sha256.Sum256(text[:copy(text[:], token)])
			return digest(whole[:])
		}
		s, _ := sums.Get().(*sum)
		defer sums.Put(s)
		s.text = append(s.text[:0], token...)
		gmac.Seal(s.tag[:0], s.nonce[:], nil, s.text)
		block.Encrypt(s.tag[:], s.tag[:])
		return s.tag
	}
}
