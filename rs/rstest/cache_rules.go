package rstest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Facts to store. The text of an inactive answer is all that rs keeps of one.
const (
	aliceFacts    = `{"active":true,"sub":"alice","scope":"groups"}`
	bobFacts      = `{"active":true,"sub":"bob","scope":"groups"}`
	inactiveFacts = `{"active":false}`
)

// facts reads a stored response, as caches outside the process do.
func (c *cacheTest) facts(text string) *rs.Introspection {
	c.Helper()
	in := new(rs.Introspection)
	if err := in.UnmarshalJSON([]byte(text)); err != nil {
		c.Fatalf("rstest: %v", err)
	}
	return in
}

// key makes a key that differs from others in one byte.
func key(at int, value byte) rs.CacheKey {
	var k rs.CacheKey
	k[at] = value
	return k
}

func checkMiss(c *cacheTest) {
	c.want(key(0, 1), "", "nothing was put")
	c.want(rs.CacheKey{}, "", "nothing was put under the zero key")
}

func checkHit(c *cacheTest) {
	c.put(key(0, 1), c.facts(aliceFacts), time.Minute)
	c.put(key(0, 2), c.facts(inactiveFacts), time.Minute)
	for range 2 { // reading must not use an entry up
		c.want(key(0, 1), aliceFacts, "after a Put")
		c.want(key(0, 2), inactiveFacts, "after a Put of an inactive answer")
	}
}

func checkTTL(c *cacheTest) {
	c.put(key(0, 1), c.facts(aliceFacts), 10*time.Second)
	c.put(key(0, 2), c.facts(bobFacts), time.Minute)
	c.advance(5 * time.Second)
	c.want(key(0, 1), aliceFacts, "after half of the ttl")
	c.advance(5 * time.Second)
	c.want(key(0, 1), "", "after the ttl, though it was read in between")
	c.want(key(0, 2), bobFacts, "after another entry's ttl")
	c.advance(time.Minute)
	c.want(key(0, 2), "", "long after the ttl")
}

func checkTinyTTL(c *cacheTest) {
	c.put(key(0, 1), c.facts(aliceFacts), time.Nanosecond)
	c.put(key(0, 2), c.facts(bobFacts), 1500*time.Millisecond)
	c.advance(1500 * time.Millisecond)
	c.want(key(0, 1), "", "1.5 s after a Put with a ttl of 1 ns")
	c.want(key(0, 2), "", "1.5 s after a Put with a ttl of 1.5 s")
}

func checkOverwrite(c *cacheTest) {
	c.put(key(0, 1), c.facts(aliceFacts), 10*time.Second)
	c.put(key(0, 1), c.facts(bobFacts), time.Minute)
	c.want(key(0, 1), bobFacts, "after a second Put")
	c.advance(30 * time.Second)
	c.want(key(0, 1), bobFacts, "after the ttl of the first Put, within that of the second")
}

func checkShorterOverwrite(c *cacheTest) {
	c.put(key(0, 1), c.facts(aliceFacts), time.Minute)
	c.put(key(0, 1), c.facts(inactiveFacts), 5*time.Second)
	c.advance(5 * time.Second)
	c.want(key(0, 1), "", "after the ttl of the second Put")
	c.put(key(0, 2), c.facts(aliceFacts), time.Minute)
	c.put(key(0, 2), c.facts(inactiveFacts), 100*time.Millisecond)
	c.advance(time.Second)
	c.want(key(0, 2), "", "after a second Put with a very short ttl")
}

// checkKeys uses bytes that a careless conversion to text would lose: zero, line ends, letter case, invalid UTF-8.
func checkKeys(c *cacheTest) {
	var all []rs.CacheKey
	for at := range len(rs.CacheKey{}) {
		all = append(all, key(at, 1))
	}
	for _, value := range []byte{0, '\n', '\r', ' ', 'a', 'A', ':', '%', 0x80, 0xff} {
		all = append(all, key(31, value))
	}
	text := func(i int) string { return fmt.Sprintf(`{"active":true,"sub":"user %d"}`, i) }
	for i, k := range all {
		c.put(k, c.facts(text(i)), time.Minute)
	}
	for i, k := range all {
		c.want(k, text(i), fmt.Sprintf("key %x", k))
	}
}

// checkCanceled: what a cache does with a dead context is its own affair, as long as it goes on working.
func checkCanceled(c *cacheTest) {
	dead, cancel := context.WithCancel(c.Context())
	cancel()
	_ = c.cache.Put(dead, key(0, 1), c.facts(aliceFacts), time.Minute)
	in, found, err := c.cache.Get(dead, key(0, 1))
	if found && (err != nil || in == nil) {
		c.broken("Get with a canceled context: found, but with error %v and facts %v", err, in)
	}
	c.put(key(0, 2), c.facts(bobFacts), time.Minute)
	c.want(key(0, 2), bobFacts, "after calls with a canceled context")
}

func checkConcurrent(c *cacheTest) {
	const workers, keys = 8, 16
	ctx := c.Context()
	in := c.facts(aliceFacts)
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range 4 * keys {
				k := key(1, byte((i+worker)%keys))
				if err := c.cache.Put(ctx, k, in, time.Minute); err != nil {
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
		c.want(key(1, byte(i)), aliceFacts, "after concurrent use")
	}
}
