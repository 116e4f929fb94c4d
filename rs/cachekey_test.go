package rs_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// keysOnly is a cache that notes which keys it is asked for and holds nothing.
type keysOnly struct{ asked *[]rs.CacheKey }

func (c keysOnly) Get(_ context.Context, k rs.CacheKey) (*rs.Introspection, bool, error) {
	*c.asked = append(*c.asked, k)
	return nil, false, nil
}

func (c keysOnly) Put(context.Context, rs.CacheKey, *rs.Introspection, time.Duration) error {
	return nil
}

// cacheKeyOf is the key under which a server with cfg looks for the facts about a token, good or not.
func cacheKeyOf(t *testing.T, cfg rs.Config, token string) rs.CacheKey {
	t.Helper()
	var asked []rs.CacheKey
	cfg.Cache = keysOnly{&asked}
	outcome(newServer(t, cfg), token)
	if len(asked) == 0 {
		t.Fatal("the cache was not asked")
	}
	return asked[0]
}

// TestKeysAreDigests states what a key is, part by part: a change of any of them must change the version in front, or servers
// of two versions would read each other's facts.
func TestKeysAreDigests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		parts  []string
	}{
		{"introspection", func(*rs.Config) {}, []string{
			`"rs2"`, `"https://as.example/api/v2"`, `"https://as.example/api/v2/introspection"`, `""`, `"rs-client"`, `"json"`,
			`""`, `""`, `[]string{"rs-client"}`, `120000000000`, `0`, `false`, `600000000000`, `86400000000000`, `"introspect"`,
			`"RS256"`, `false`, `false`, `[]string(nil)`, `false`, `true`, `false`, `false`, `false`,
		}},
		{"all of it", func(c *rs.Config) {
			c.InternalURL, c.JWKSEndpoint, c.SigningAlg, c.Decrypter = "https://as.internal", jwksURL, "PS256", ecdh()
			c.ResponseAudiences, c.ResponseMaxAge, c.ClockSkew, c.LenientResponseType = []string{"us", "u,s"}, time.Minute, time.Second, true
			c.JWKSTTL, c.JWKSMaxStale, c.Format = time.Minute, -1, rs.JWT
			c.AccessTokenMode, c.AccessTokenAlg, c.LenientKeycloak, c.LenientEntra = rs.LocalThenIntrospect, "ES256", true, true
			c.TokenAudiences, c.InsecureAllowHTTP = []string{"us"}, true
		}, []string{
			`"rs2"`, `"https://as.example/api/v2"`, `"https://as.example/api/v2/introspection"`, `"https://as.internal"`,
			`"rs-client"`, `"jwt"`, `"https://as.example/api/v2/jwks"`, `"PS256"`, `[]string{"us", "u,s"}`, `60000000000`,
			`1000000000`, `true`, `60000000000`, `0`, `"local-then-introspect"`, `"ES256"`, `true`, `true`, `[]string{"us"}`,
			`true`, `true`, `false`, `false`, `true`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(newWire())
			c.adjust(&cfg)
			salt := sha256.Sum256([]byte(strings.Join(c.parts, "\n") + "\n"))
			for _, token := range []string{someJWT, someJWT + "x"} {
				if got, want := cacheKeyOf(t, cfg, token), rs.CacheKey(sha256.Sum256(append(salt[:], token...))); got != want {
					t.Errorf("the key is %x, not %x: the digest over %s and the token", got, want, c.parts)
				}
			}
		})
	}
}

// someJWT looks like a JWT and is none that anybody signed.
const someJWT = "eyJhbGciOiJFUzI1NiJ9.e30.e30"

// TestPartsOfAKeyDoNotRunTogether: what one part loses the next must not make up for.
func TestPartsOfAKeyDoNotRunTogether(t *testing.T) {
	t.Parallel()
	one, other := config(newWire()), config(newWire())
	one.IntrospectionEndpoint, one.ClientID = endpoint+"x", "y"
	other.IntrospectionEndpoint, other.ClientID = endpoint, "xy"
	if cacheKeyOf(t, one, "token") == cacheKeyOf(t, other, "token") {
		t.Error("two servers with other endpoints and clients have one key")
	}
}
