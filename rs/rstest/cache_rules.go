package rstest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// key makes a key that differs from others in one byte.
func key(at int, value byte) rs.CacheKey {
	var k rs.CacheKey
	k[at] = value
	return k
}

func checkMiss(c *cacheTest) {
	c.want(key(0, 1), nil, "nothing was put")
	c.want(rs.CacheKey{}, nil, "nothing was put under the zero key")
}

func checkHit(c *cacheTest) {
	c.put(key(0, 1), c.alice, time.Minute)
	c.put(key(0, 2), c.bob, time.Minute)
	for range 2 { // reading must not use an entry up
		c.want(key(0, 1), c.alice, "after a Put")
		c.want(key(0, 2), c.bob, "after a Put")
	}
}

func checkTTL(c *cacheTest) {
	c.put(key(0, 1), c.alice, 10*time.Second)
	c.put(key(0, 2), c.bob, time.Minute)
	c.advance(5 * time.Second)
	c.want(key(0, 1), c.alice, "after half of the ttl")
	c.advance(5 * time.Second)
	c.want(key(0, 1), nil, "after the ttl, though it was read in between")
	c.want(key(0, 2), c.bob, "after another entry's ttl")
	c.advance(time.Minute)
	c.want(key(0, 2), nil, "long after the ttl")
}

func checkTinyTTL(c *cacheTest) {
	c.put(key(0, 1), c.alice, time.Nanosecond)
	c.put(key(0, 2), c.bob, 1500*time.Millisecond)
	c.advance(1500 * time.Millisecond)
	c.want(key(0, 1), nil, "1.5 s after a Put with a ttl of 1 ns")
	c.want(key(0, 2), nil, "1.5 s after a Put with a ttl of 1.5 s")
}

func checkOverwrite(c *cacheTest) {
	c.put(key(0, 1), c.alice, 10*time.Second)
	c.put(key(0, 1), c.bob, time.Minute)
	c.want(key(0, 1), c.bob, "after a second Put")
	c.advance(30 * time.Second)
	c.want(key(0, 1), c.bob, "after the ttl of the first Put, within that of the second")
}

func checkShorterOverwrite(c *cacheTest) {
	c.put(key(0, 1), c.alice, time.Minute)
	c.put(key(0, 1), c.bob, 5*time.Second)
	c.advance(5 * time.Second)
	c.want(key(0, 1), nil, "after the ttl of the second Put")
	c.put(key(0, 2), c.alice, time.Minute)
	c.put(key(0, 2), c.bob, 100*time.Millisecond)
	c.advance(time.Second)
	c.want(key(0, 2), nil, "after a second Put with a very short ttl")
}

// checkKeys uses bytes that a careless conversion to text would lose: zero, line ends, letter case, invalid UTF-8. Keys are
// SHA-256 digests, so both halves differ where two keys do: a cache may keep half of a key, which is still beyond anybody's
// reach, but not less. And a cache may go by the beginning of a key, so not all of these begin alike.
func checkKeys(c *cacheTest) {
	var all []rs.CacheKey
	for at := range 16 {
		one := rs.CacheKey(sha256.Sum256([]byte{byte(at)}))
		other := one
		other[at]++
		other[at+16]++
		all = append(all, one, other)
	}
	for _, value := range []byte{0, '\n', '\r', ' ', 'a', 'A', ':', '%', 0x80, 0xff} {
		all = append(all, rs.CacheKey{15: value, 31: value})
	}
	facts := make([]*rs.Introspection, len(all))
	for i, k := range all {
		facts[i] = c.facts(fmt.Sprint("user ", i))
		c.put(k, facts[i], time.Minute)
	}
	for i, k := range all {
		c.want(k, facts[i], fmt.Sprintf("key %x", k))
	}
}

// checkCanceled: what a cache does with a dead context is its own affair, as long as it goes on working.
func checkCanceled(c *cacheTest) {
	dead, cancel := context.WithCancel(c.Context())
	cancel()
	_ = c.cache.Put(dead, key(0, 1), c.alice, time.Minute)
	in, found, err := c.cache.Get(dead, key(0, 1))
	if found && (err != nil || in == nil) {
		c.broken("Get with a canceled context: found, but with error %v and facts %v", err, in)
	}
	c.put(key(0, 2), c.bob, time.Minute)
	c.want(key(0, 2), c.bob, "after calls with a canceled context")
}

func checkConcurrent(c *cacheTest) {
	const workers, keys = 8, 16
	ctx := c.Context()
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range 4 * keys {
				k := key(1, byte((i+worker)%keys))
				if err := c.cache.Put(ctx, k, c.alice, time.Minute); err != nil {
					c.broken("Put: %v", err)
				}
				if _, _, err := c.cache.Get(ctx, k); err != nil {
					c.broken("Get: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for i := range keys {
		c.want(key(1, byte(i)), c.alice, "after concurrent use")
	}
}
