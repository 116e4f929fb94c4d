package main

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// sealedCache keeps facts about tokens in Redis or Valkey. They are encrypted and authenticated there: whoever can read Redis learns
// nothing about anybody, and whoever can write to it makes no token good.
type sealedCache struct {
	client *redis.Client
	key    []byte
}

// newSealedCache: key is 32 random bytes that all replicas have, and nobody else.
func newSealedCache(options *redis.Options, key []byte) (*sealedCache, error) {
	if len(key) != 32 {
		return nil, errors.New("the key of the cache is not 32 bytes long: make one with openssl rand -out cache-key 32")
	}
	options.ContextTimeoutEnabled = true // or the deadline that we are given would count for nothing
	options.MaxRetries, options.DialerRetries = -1, 1
	for _, limit := range []*time.Duration{&options.DialTimeout, &options.ReadTimeout, &options.WriteTimeout, &options.PoolTimeout} {
		*limit = cmp.Or(*limit, 100*time.Millisecond)
	}
	return &sealedCache{redis.NewClient(options), key}, nil
}

func (c *sealedCache) Get(ctx context.Context, key rs.CacheKey) (*rs.Introspection, bool, error) {
	sealed, err := c.client.Get(ctx, name(key)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	seal, err := c.seal(key)
	if err != nil {
		return nil, false, err
	}
	text, err := seal.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, false, notOpened{}
	}
	in := new(rs.Introspection)
	if err := in.UnmarshalJSON(text); err != nil {
		return nil, false, err
	}
	return in, true, nil
}

func (c *sealedCache) Put(ctx context.Context, key rs.CacheKey, in *rs.Introspection, ttl time.Duration) error {
	if ttl < time.Millisecond { // less than Redis can count: it ends the entry
		return c.client.Del(ctx, name(key)).Err()
	}
	text, err := in.MarshalJSON()
	if err != nil {
		return err
	}
	seal, err := c.seal(key)
	if err != nil {
		return err
	}
	return c.client.Set(ctx, name(key), seal.Seal(nil, nil, text, nil), ttl).Err()
}

// seal has a key of its own for each entry. So an entry opens in its own place only, and none of the keys is used so often that a random
// nonce could come twice.
func (c *sealedCache) seal(key rs.CacheKey) (cipher.AEAD, error) {
	own, err := hkdf.Expand(sha256.New, c.key, string(key[:]), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// name of an entry: keys are bytes, and may be shown to anybody.
func name(key rs.CacheKey) string { return "documents:token:" + hex.EncodeToString(key[:]) }

// notOpened has a type of its own, which is all that a log tells of a cache's error.
type notOpened struct{}

func (notOpened) Error() string {
	return "an entry of the cache does not open: another key, damage, or a forgery"
}
