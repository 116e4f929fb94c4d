package rstest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestCache checks that a cache keeps the promises of [rs.Cache], rule by rule in subtests. newCache makes an empty cache with
// room for a thousand entries; it is called for every rule.
//
// Time is that of a testing/synctest bubble, in which every rule runs: newCache is called inside, and a cache that measures
// by time.Now sees hours pass in no time. A cache that keeps time elsewhere, or cannot live in a bubble because it has
// connections, is tested with [TestCacheWithClock].
func TestCache(t *testing.T, newCache func() rs.Cache) {
	t.Helper()
	for _, rule := range cacheRules {
		t.Run(rule.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				newCacheTest(t, rule.promise, newCache(), time.Sleep).run(rule.check)
			})
		})
	}
}

// TestCacheWithClock is [TestCache] outside a bubble: newCache also returns how to let time pass for this cache, such as the
// FastForward of a Redis in memory. The cache must be empty for every rule.
func TestCacheWithClock(t *testing.T, newCache func(t *testing.T) (cache rs.Cache, advance func(time.Duration))) {
	t.Helper()
	for _, rule := range cacheRules {
		t.Run(rule.name, func(t *testing.T) {
			cache, advance := newCache(t)
			newCacheTest(t, rule.promise, cache, advance).run(rule.check)
		})
	}
}

// cacheRules are the promises. The text of a promise is part of every failure.
var cacheRules = []struct {
	name, promise string
	check         func(*cacheTest)
}{
	{"miss", "an entry that was never put is not found, without an error", checkMiss},
	{"hit", "what was put is found", checkHit},
	{"ttl", "an entry is found within its ttl and never after: it is the revocation delay", checkTTL},
	{"tiny_ttl", "a ttl below the resolution of the cache must not become no ttl at all", checkTinyTTL},
	{"overwrite", "the last Put wins, with its facts and its ttl", checkOverwrite},
	{"shorter_overwrite", "a Put with a shorter ttl ends the entry sooner: no older facts come back", checkShorterOverwrite},
	{"keys", "keys are bytes, not text: every one that differs has an entry of its own", checkKeys},
	{"facts", "facts come back as they were: a server decides by them", checkFacts},
	{"servers", "what one server stored serves another of the same configuration, and no other", checkServers},
	{"canceled", "with a context that has ended: an error, a miss or a success, but no panic and no harm", checkCanceled},
	{"concurrent", "Get and Put are safe for concurrent use (run with -race)", checkConcurrent},
}
