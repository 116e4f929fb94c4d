package rstest

import (
	"context"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// cacheTest is one rule on one cache.
type cacheTest struct {
	*testing.T
	promise string
	cache   rs.Cache
	advance func(time.Duration)

	as         *Server
	alice, bob *rs.Introspection // facts to store
}

func newCacheTest(t *testing.T, promise string, cache rs.Cache, advance func(time.Duration)) *cacheTest {
	t.Helper()
	c := &cacheTest{T: t, promise: promise, cache: cache, advance: advance, as: NewServer(t)}
	c.alice, c.bob = c.facts("alice"), c.facts("bob")
	return c
}

// run makes a panic of the cache a failure of the rule, so that the other rules are checked too.
func (c *cacheTest) run(check func(*cacheTest)) {
	c.Helper()
	defer func() {
		if panicked := recover(); panicked != nil {
			c.broken("the cache panics: %v", panicked)
		}
	}()
	check(c)
}

func (c *cacheTest) broken(format string, args ...any) {
	c.Helper()
	c.Errorf(format+"\nthe promise: %s", append(args, c.promise)...)
}

// facts about a token of subject, as a resource server stores them.
func (c *cacheTest) facts(subject string) *rs.Introspection {
	c.Helper()
	cfg, store := c.as.Config(), &capture{}
	cfg.Cache = store
	s, err := rs.New(cfg)
	if err == nil {
		_, err = s.Authenticate(c.Context(), c.as.Issue(Claims{"sub": subject}))
	}
	if err != nil || store.last == nil {
		c.Fatalf("rstest: no facts to store: %v", err)
	}
	return store.last
}

// capture is a cache that only listens.
type capture struct{ last *rs.Introspection }

func (*capture) Get(context.Context, rs.CacheKey) (*rs.Introspection, bool, error) {
	return nil, false, nil
}

func (c *capture) Put(_ context.Context, _ rs.CacheKey, in *rs.Introspection, _ time.Duration) error {
	c.last = in
	return nil
}

// put stores, and ends the rule if that fails: a cache under test must work.
func (c *cacheTest) put(key rs.CacheKey, in *rs.Introspection, ttl time.Duration) {
	c.Helper()
	if err := c.cache.Put(c.Context(), key, in, ttl); err != nil {
		c.Fatalf("Put: %v\nthe promise: %s", err, c.promise)
	}
}

// want checks what the key has: facts, or nothing if they are nil.
func (c *cacheTest) want(key rs.CacheKey, facts *rs.Introspection, when string) {
	c.Helper()
	in, found, err := c.cache.Get(c.Context(), key)
	switch {
	case err != nil:
		c.broken("%s: Get: %v", when, err)
	case found && in == nil:
		c.broken("%s: Get found something, but it is nil", when)
	case found != (facts != nil):
		c.broken("%s: found is %t, want %t", when, found, !found)
	case found && c.text(in) != c.text(facts):
		c.broken("%s: Get gives %s, want %s", when, c.text(in), c.text(facts))
	}
}

// text is the stored form, by which facts can be compared.
func (c *cacheTest) text(in *rs.Introspection) string {
	c.Helper()
	text, err := in.MarshalJSON()
	if err != nil {
		c.Fatalf("facts cannot be written as JSON: %v\nthe promise: %s", err, c.promise)
	}
	return string(text)
}
