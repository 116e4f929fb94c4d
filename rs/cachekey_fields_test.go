package rs_test

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestWhatKeysOfASharedCacheDependOn: each field of Config is one of two kinds. What decides whether an answer is believed is part of the
// key, so that a server takes from a shared cache only what was believed with the same checks. All else leaves the key alone: it is
// judged anew at each hit, or has nothing to do with trust, and servers that differ in it share their facts.
func TestWhatKeysOfASharedCacheDependOn(t *testing.T) {
	t.Parallel()
	believed := map[string]func(*rs.Config){
		"Issuer":                func(c *rs.Config) { c.Issuer += "x" },
		"ClientID":              func(c *rs.Config) { c.ClientID += "x" },
		"IntrospectionEndpoint": func(c *rs.Config) { c.IntrospectionEndpoint += "x" },
		"JWKSEndpoint":          func(c *rs.Config) { c.JWKSEndpoint += "x" },
		"InternalURL":           func(c *rs.Config) { c.InternalURL = "https://as.internal" },
		"Format":                func(c *rs.Config) { c.Format = rs.JWTSigned },
		"SigningAlg":            func(c *rs.Config) { c.SigningAlg = "RS256" },
		"Decrypter":             func(c *rs.Config) { c.Format, c.Decrypter = rs.JSON, nil },
		"ResponseAudiences":     func(c *rs.Config) { c.ResponseAudiences = append(c.ResponseAudiences, clientID, "x") },
		"ResponseMaxAge":        func(c *rs.Config) { c.ResponseMaxAge = time.Hour },
		"LenientResponseType":   func(c *rs.Config) { c.LenientResponseType = true },
		"TokenAudiences":        func(c *rs.Config) { c.TokenAudiences = append(c.TokenAudiences, "x") },
		"ClockSkew":             func(c *rs.Config) { c.ClockSkew = time.Minute },
		"AccessTokenMode":       func(c *rs.Config) { c.AccessTokenMode = rs.Introspect },
		"AccessTokenAlg":        func(c *rs.Config) { c.AccessTokenAlg = "ES256" },
		"LenientKeycloak":       func(c *rs.Config) { c.LenientKeycloak = true },
		"LenientEntra":          func(c *rs.Config) { c.LenientEntra = true },
		"JWKSTTL":               func(c *rs.Config) { c.JWKSTTL = time.Hour },
		"JWKSMaxStale":          func(c *rs.Config) { c.JWKSMaxStale = time.Hour },
		"HTTPClient":            func(c *rs.Config) { c.HTTPClient = nil },
		"RootCAs":               func(c *rs.Config) { c.HTTPClient, c.RootCAs = nil, x509.NewCertPool() },
		"InsecureSkipVerify":    func(c *rs.Config) { c.HTTPClient, c.InsecureSkipVerify = nil, true },
		"InsecureAllowHTTP":     func(c *rs.Config) { c.InsecureAllowHTTP = true },
	}
	apart := map[string]func(*rs.Config){
		"ClientSecret": func(c *rs.Config) { c.ClientSecret += "x" }, "ClientAuth": func(c *rs.Config) { c.ClientAuth = rs.ClientSecretPost },
		"ClientSecretFrom": nil, "ClientSigner": nil, "ClientCertificate": nil, // how we prove who we are
		"AcceptedScopes":     func(c *rs.Config) { c.AcceptedScopes = []string{"x"} },
		"AudienceClaim":      func(c *rs.Config) { c.AudienceClaim = "azp" },
		"AllowedAudiences":   func(c *rs.Config) { c.AllowedAudiences = []string{"x"} },
		"TokenType":          func(c *rs.Config) { c.TokenType = rs.TokenTypeRequired },
		"LenientScopeArray":  func(c *rs.Config) { c.LenientScopeArray = true },
		"LenientBase64Token": func(c *rs.Config) { c.LenientBase64Token = true }, // the key is that of the token inside
		"MaxTokenLength":     func(c *rs.Config) { c.MaxTokenLength = 1000 },
		"CacheTTL":           func(c *rs.Config) { c.CacheTTL = time.Hour },
		"NegativeCacheTTL":   func(c *rs.Config) { c.NegativeCacheTTL = time.Hour },
		"IntrospectEvery":    func(c *rs.Config) { c.IntrospectEvery = time.Hour },
		"StaleIfError":       func(c *rs.Config) { c.StaleIfError = time.Hour },
		"Proxy":              func(c *rs.Config) { c.HTTPClient, c.Proxy = nil, &url.URL{Scheme: "http", Host: "127.0.0.1:1"} },
		"WrapTransport":      func(c *rs.Config) { c.WrapTransport = func(t http.RoundTripper) http.RoundTripper { return t } },
		"Timeout":            func(c *rs.Config) { c.Timeout = time.Second }, "Budget": func(c *rs.Config) { c.Budget = time.Second },
		"MaxResponseSize": func(c *rs.Config) { c.MaxResponseSize = 1 << 10 }, "MaxConcurrent": func(c *rs.Config) { c.MaxConcurrent = 1 },
		"MaxWait": func(c *rs.Config) { c.MaxWait = -1 }, "NoRetry": func(c *rs.Config) { c.NoRetry = true },
		"JWKSCooldown": nil, "UserInfoEndpoint": nil, "UserInfoFormat": nil, "UserInfoAlg": nil, // UserInfo has a cache of its own
		"CircuitOpen": nil, "CredentialsPause": nil, "StaleHeader": nil, "Cache": nil, "CacheSize": nil, "NegativeCacheSize": nil,
		"NoRefreshAhead": nil, "Realm": nil, "Observer": nil, "Now": nil,
	}
	base := func() rs.Config {
		cfg := config(newWire())
		cfg.Format, cfg.JWKSEndpoint, cfg.Decrypter = rs.JWT, jwksURL, ecdh()
		cfg.AccessTokenMode, cfg.TokenAudiences = rs.LocalThenIntrospect, []string{"us"}
		return cfg
	}
	keyWith := func(adjust func(*rs.Config)) (key rs.CacheKey, ownClient bool) {
		cfg := base()
		adjust(&cfg)
		return cacheKeyOf(t, cfg, someJWT), cfg.HTTPClient == nil // nobody is called: the token has another algorithm
	}
	same, _ := keyWith(func(*rs.Config) {})
	sameWithOwnClient, _ := keyWith(func(c *rs.Config) { c.HTTPClient = nil })
	for field := range reflect.TypeFor[rs.Config]().Fields() {
		adjust, inKey := believed[field.Name]
		if !inKey {
			var known bool
			if adjust, known = apart[field.Name]; !known {
				t.Errorf("%s: is it a part of the key (keySalt), or judged anew at each hit? Say so here", field.Name)
			}
		}
		if adjust == nil {
			continue
		}
		got, ownClient := keyWith(adjust)
		want := same
		if ownClient && field.Name != "HTTPClient" {
			want = sameWithOwnClient
		}
		if (got != want) != inKey {
			t.Errorf("%s: the key depends on it: %t, want %t", field.Name, got != want, inKey)
		}
	}
}
