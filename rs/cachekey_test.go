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
	const internal = "https://as.internal"
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		parts  []string
	}{
		{"introspection", func(*rs.Config) {}, []string{"rs1", issuer, endpoint, clientID, "json"}},
		{"signed", func(c *rs.Config) { c.Format, c.JWKSEndpoint = rs.JWTSigned, jwksURL }, []string{"rs1", issuer, endpoint, clientID, "jwt-signed"}},
		{"local", func(c *rs.Config) {
			c.AccessToken, c.TokenAudiences, c.JWKSEndpoint, c.LenientEntra = rs.Local, []string{"us"}, jwksURL, true
		}, []string{"rs1", issuer, endpoint, clientID, "json", "local", "RS256", jwksURL, "false", "true"}},
		{"local, then introspect", func(c *rs.Config) {
			c.AccessToken, c.TokenAudiences, c.JWKSEndpoint, c.AccessTokenAlg, c.LenientKeycloak = rs.LocalThenIntrospect, []string{"us"}, jwksURL, "PS256", true
		}, []string{"rs1", issuer, endpoint, clientID, "json", "local-then-introspect", "PS256", jwksURL, "true", "false"}},
		{"inside", func(c *rs.Config) { c.InternalURL = internal }, []string{"rs1", issuer, endpoint, clientID, "json", internal}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(newWire().on(jwksURL, answers(200, "application/json", `{"keys":[]}`)))
			c.adjust(&cfg)
			salt := sha256.Sum256([]byte(strings.Join(c.parts, "\x00") + "\x00"))
			for _, token := range []string{someJWT, someJWT + "x"} {
				if got, want := cacheKeyOf(t, cfg, token), rs.CacheKey(sha256.Sum256(append(salt[:], token...))); got != want {
					t.Errorf("the key is %x, not %x: the digest over %q and the token", got, want, c.parts)
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
