package rs_test

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestNoTokenHasTheFactsOfAnother: of any length, with any one character changed, added or left out, a token is another
// token. Long ones have a digest of another kind than short ones.
func TestNoTokenHasTheFactsOfAnother(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 15, 16, 17, 43, 55, 56, 64, 127, 128, 129, 130, 144, 145, 1024, 8191} {
		t.Run(fmt.Sprint(length), func(t *testing.T) {
			t.Parallel()
			token := strings.Repeat("t", length)
			s := newServer(t, config(newWire().on(endpoint, answersToToken(t, token))))
			if got := outcome(s, token); got != "" {
				t.Fatal(got)
			}
			others := []string{token + "t", token[1:] + "tt"}
			if length > 1 {
				others = append(others, token[1:])
			}
			for i := 0; i < length; i += 1 + length/100 {
				others = append(others, token[:i]+"u"+token[i+1:])
			}
			for _, other := range others {
				if got := outcome(s, other); got != rs.ReasonInactive {
					t.Fatalf("a token of %d characters that differs in one: got %q", len(other), got)
				}
			}
			if got := outcome(s, token); got != "" {
				t.Errorf("the token itself: %q", got)
			}
		})
	}
}

// TestTheKeyOfTheDigestIsNotZero: whoever knew the key could make two tokens with one digest, as is done here.
func TestTheKeyOfTheDigestIsNotZero(t *testing.T) {
	t.Parallel()
	one, other := colliding(t, make([]byte, 16))
	s := newServer(t, config(newWire().on(endpoint, answersToToken(t, one))))
	for token, want := range map[string]rs.Reason{one: "", other: rs.ReasonInactive, one + "t": rs.ReasonInactive} {
		for range 2 {
			outcome(s, one)
			if got := outcome(s, token); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

// colliding are two long tokens with one GMAC under key. It is linear in the differences between texts of one length, so that of
// more changes than it has bits some cancel each other.
func colliding(t *testing.T, key []byte) (one, other string) {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gmac, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	const bits = 128
	text := []byte(strings.Repeat("A", bits+16))
	sum := func() *big.Int { return new(big.Int).SetBytes(gmac.Seal(nil, make([]byte, 12), nil, text)) }
	low := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
	unchanged, basis := sum(), map[int]*big.Int{} // by the highest bit
	for i := range text {
		text[i] = 'B'
		change := new(big.Int).Xor(sum(), unchanged)
		text[i] = 'A'
		change.SetBit(change, bits+i, 1) // and beyond its bits, which changes it is made of
		rest := new(big.Int).And(change, low)
		for rest.Sign() != 0 && basis[rest.BitLen()] != nil {
			change.Xor(change, basis[rest.BitLen()])
			rest.And(change, low)
		}
		if rest.Sign() != 0 {
			basis[rest.BitLen()] = change
			continue
		}
		one = string(text)
		for j := range text {
			text[j] += byte(change.Bit(bits + j))
		}
		if sum().Cmp(unchanged) != 0 {
			t.Fatal("these two have two digests")
		}
		return one, string(text)
	}
	t.Fatal("no two of them have one digest")
	return "", ""
}

// TestLongTokensAreRemembered: their digest is the same each time.
func TestLongTokensAreRemembered(t *testing.T) {
	t.Parallel()
	for _, length := range []int{128, 129, 1024, 8192} {
		w := newWire().on(endpoint, good())
		s := newServer(t, config(w))
		for range 3 {
			outcome(s, strings.Repeat("t", length))
		}
		if n := w.count(endpoint); n != 1 {
			t.Errorf("%d characters: %d calls, want 1", length, n)
		}
	}
}

// TestLongTokensFillTheCache: their digests spread over all of its parts. Some parts are full before the cache is, by chance: that makes
// five evictions on average, more than byChance once in 10^13 runs, and hundreds where half of the parts are not used.
func TestLongTokensFillTheCache(t *testing.T) {
	t.Parallel()
	const tokens, byChance = 8192, 50
	for _, length := range []int{43, 1024} {
		cfg := config(newWire().on(endpoint, good()))
		cfg.CacheSize = tokens
		s := newServer(t, cfg)
		for i := range tokens {
			outcome(s, benchToken(i, length))
		}
		got := s.CacheStats().Active
		if got.Evictions > byChance || got.Entries+int(got.Evictions) != tokens { //nolint:gosec // G115: a few
			t.Errorf("%d characters: got %+v, want %d entries and at most %d evictions", length, got, tokens, byChance)
		}
	}
}

// TestAFormThatNoTokenHas: it is told whether it was the cache of the server, or another, that did not have the token, and
// nobody outside is asked about it. A token that only looks like one that is remembered is not it.
func TestAFormThatNoTokenHas(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(*rs.Config){
		"own cache":         func(*rs.Config) {},
		"large cache":       func(c *rs.Config) { c.CacheSize = 100_000 },
		"no cache":          func(c *rs.Config) { c.CacheSize = -1 },
		"no negative cache": func(c *rs.Config) { c.NegativeCacheSize = -1 },
		"local": func(c *rs.Config) {
			c.AccessTokenMode, c.TokenAudiences, c.JWKSEndpoint = rs.Local, []string{"us"}, jwksURL
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, good()).on(jwksURL, answers(http.StatusOK, "application/json", `{"keys":[]}`))
			cfg := config(w)
			adjust(&cfg)
			s := newServer(t, cfg)
			outcome(s, "abc")
			before := w.count(endpoint)
			for _, c := range bearerCases {
				if c.reason != "" {
					_, err := s.AuthenticateRequest(request(c.lines...))
					refusal(t, err, c.kind, c.reason)
				}
			}
			if n := w.count(endpoint) - before; n != 0 {
				t.Errorf("the authorization server was called %d times", n)
			}
		})
	}
}

// TestOthersCachesAreAskedAboutTokensOnly: a look into them may go over a network.
func TestOthersCachesAreAskedAboutTokensOnly(t *testing.T) {
	t.Parallel()
	var asked []rs.CacheKey
	cfg := config(newWire().on(endpoint, good()))
	cfg.Cache = keysOnly{&asked}
	s := newServer(t, cfg)
	for _, c := range bearerCases {
		if c.reason != "" {
			_, err := s.AuthenticateRequest(request(c.lines...))
			refusal(t, err, c.kind, c.reason)
		}
	}
	if len(asked) != 0 {
		t.Errorf("the cache was asked %d times", len(asked))
	}
}

// TestLocallyOnlyJWTsAreLookedFor: in local validation nobody is asked about an opaque token, whatever cache there is.
func TestLocallyOnlyJWTsAreLookedFor(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(*rs.Config, *[]rs.CacheKey){
		"own cache":     func(*rs.Config, *[]rs.CacheKey) {},
		"no cache":      func(c *rs.Config, _ *[]rs.CacheKey) { c.CacheSize = -1 },
		"another cache": func(c *rs.Config, asked *[]rs.CacheKey) { c.Cache = keysOnly{asked} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire().on(endpoint, good())
			var asked []rs.CacheKey
			cfg := config(w)
			cfg.AccessTokenMode, cfg.TokenAudiences, cfg.JWKSEndpoint = rs.Local, []string{"us"}, jwksURL
			adjust(&cfg, &asked)
			if got := outcome(newServer(t, cfg), "opaque"); got != rs.ReasonTokenFormat {
				t.Errorf("got %q", got)
			}
			if w.count(endpoint) != 0 || w.count(jwksURL) != 0 || len(asked) != 0 {
				t.Errorf("%d introspections, %d fetches of keys, %d looks into the cache", w.count(endpoint), w.count(jwksURL), len(asked))
			}
		})
	}
}
