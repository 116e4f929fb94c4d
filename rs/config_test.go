package rs_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestConfigProblems(t *testing.T) {
	t.Parallel()
	u := func(s string) *url.URL { v, _ := url.Parse(s); return v }
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		want   []string // fields
	}{
		{"good", func(*rs.Config) {}, nil},
		{"nothing", func(c *rs.Config) { *c = rs.Config{} }, []string{"Issuer", "ClientID", "ClientSecret", "AcceptedScopes"}},
		{"http", func(c *rs.Config) { c.IntrospectionEndpoint = "http://as.example/i" }, []string{"IntrospectionEndpoint"}},
		{"http, allowed", func(c *rs.Config) { c.IntrospectionEndpoint, c.InsecureAllowHTTP = "http://as.example/i", true }, nil},
		{"http on loopback", func(c *rs.Config) { c.IntrospectionEndpoint = "http://127.0.0.1:3000/i" }, nil},
		{"http on loopback v6", func(c *rs.Config) { c.IntrospectionEndpoint = "http://[::1]:3000/i" }, nil},
		{"http on localhost", func(c *rs.Config) { c.IntrospectionEndpoint = "http://localhost:3000/i" }, nil},
		{"http to an address", func(c *rs.Config) { c.IntrospectionEndpoint = "http://192.0.2.1/i" }, []string{"IntrospectionEndpoint"}},
		{"http to an address v6", func(c *rs.Config) { c.IntrospectionEndpoint = "http://[2001:db8::1]/i" }, []string{"IntrospectionEndpoint"}},
		{"http below localhost", func(c *rs.Config) { c.IntrospectionEndpoint = "http://as.localhost/i" }, nil},
		{"no host", func(c *rs.Config) { c.IntrospectionEndpoint = "https:///i" }, []string{"IntrospectionEndpoint"}},
		{"http that looks local", func(c *rs.Config) { c.IntrospectionEndpoint = "http://localhost.example/i" }, []string{"IntrospectionEndpoint"}},
		{"relative", func(c *rs.Config) { c.IntrospectionEndpoint = "/introspect" }, []string{"IntrospectionEndpoint"}},
		{"other scheme", func(c *rs.Config) { c.IntrospectionEndpoint = "ftp://as.example/i" }, []string{"IntrospectionEndpoint"}},
		{"no URL", func(c *rs.Config) { c.IntrospectionEndpoint = "https://a b/%zz" }, []string{"IntrospectionEndpoint"}},
		{"credentials in the URL", func(c *rs.Config) { c.IntrospectionEndpoint = "https://u:p@as.example/i" }, []string{"IntrospectionEndpoint"}},
		{"fragment", func(c *rs.Config) { c.IntrospectionEndpoint = "https://as.example/i#x" }, []string{"IntrospectionEndpoint"}},
		{"issuer", func(c *rs.Config) { c.Issuer = "https://a/%zz" }, []string{"Issuer"}},
		{"issuer is a name", func(c *rs.Config) { c.Issuer = "foo" }, []string{"Issuer"}},
		{"client auth", func(c *rs.Config) { c.ClientAuth = 9 }, []string{"ClientAuth"}},
		{"secret of its own", func(c *rs.Config) {
			c.ClientSecret = ""
			c.ClientSecretFrom = func(context.Context) (rs.Secret, error) { return secret, nil }
		}, nil},
		{"short secret for HS256", func(c *rs.Config) { c.ClientAuth = rs.ClientSecretJWT }, []string{"ClientSecret"}},
		{"secret for HS256", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.ClientSecretJWT, longSecret }, nil},
		{"no signer", func(c *rs.Config) { c.ClientAuth = rs.PrivateKeyJWT }, []string{"ClientSigner"}},
		{"signer", func(c *rs.Config) { c.ClientAuth, c.ClientSecret, c.ClientSigner = rs.PrivateKeyJWT, "", signer() }, nil},
		{"bearer token", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.ClientBearerToken, "abc" }, nil},
		{"no bearer token", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.ClientBearerToken, "" }, []string{"ClientSecret"}},
		{"bearer token with a space", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.ClientBearerToken, "a b" }, []string{"ClientSecret"}},
		{"certificate of the injected client", func(c *rs.Config) { c.ClientAuth, c.ClientSecret = rs.TLSClientAuth, "" }, nil},
		{"no certificate", func(c *rs.Config) { c.ClientAuth, c.HTTPClient = rs.TLSClientAuth, nil }, []string{"ClientCertificate"}},
		{"certificate beside an injected client", func(c *rs.Config) {
			c.ClientCertificate = func(context.Context) (*tls.Certificate, error) { return nil, nil }
		}, []string{"ClientCertificate"}},
		{"format", func(c *rs.Config) { c.Format = 9 }, []string{"Format"}},
		{"JWT without keys", func(c *rs.Config) { c.Format = rs.JWT }, []string{"Decrypter"}},
		{"signed, keys to be discovered", func(c *rs.Config) { c.Format = rs.JWTSigned }, nil},
		{"discovery", func(c *rs.Config) { c.IntrospectionEndpoint = "" }, nil},
		{"discovery over http", func(c *rs.Config) { c.IntrospectionEndpoint, c.Issuer = "", "http://as.example" }, []string{"Issuer"}},
		{"discovery of keys over http", func(c *rs.Config) { c.Format, c.Issuer = rs.JWTSigned, "http://as.example" }, []string{"Issuer"}},
		{"discovery of keys for tokens over http", func(c *rs.Config) {
			c.AccessTokenMode, c.TokenAudiences, c.Issuer = rs.LocalThenIntrospect, []string{"us"}, "http://as.example"
		}, []string{"Issuer"}},
		{"discovery over http, allowed", func(c *rs.Config) {
			c.IntrospectionEndpoint, c.Issuer, c.InsecureAllowHTTP = "", "http://as.example", true
		}, nil},
		{"discovery on loopback", func(c *rs.Config) { c.IntrospectionEndpoint, c.Issuer = "", "http://localhost:9000" }, nil},
		{"discovery without a host", func(c *rs.Config) { c.IntrospectionEndpoint, c.Issuer = "", "urn:as" }, []string{"Issuer"}},
		{"no discovery, no https needed", func(c *rs.Config) { c.Issuer = "http://as.example?a" }, nil},
		{"issuer with a query", func(c *rs.Config) { c.IntrospectionEndpoint, c.Issuer = "", issuer+"?a" }, []string{"Issuer"}},
		{"issuer with a fragment", func(c *rs.Config) { c.IntrospectionEndpoint, c.Issuer = "", issuer+"#" }, []string{"Issuer"}},
		{"internal URL", func(c *rs.Config) { c.InternalURL = "http://127.0.0.1/x/" }, nil},
		{"internal URL over http", func(c *rs.Config) { c.InternalURL = "http://as" }, []string{"InternalURL"}},
		{"internal URL with a query", func(c *rs.Config) { c.InternalURL = "https://as/?a" }, []string{"InternalURL"}},
		{"internal URL of no URL", func(c *rs.Config) { c.InternalURL, c.Issuer = "https://as", "as" }, []string{"Issuer"}},
		{"http keys", func(c *rs.Config) { c.JWKSEndpoint = "http://as.example/jwks" }, []string{"JWKSEndpoint"}},
		{"symmetric signatures", func(c *rs.Config) { c.Format, c.JWKSEndpoint, c.SigningAlg = rs.JWTSigned, jwksURL, "HS256" }, []string{"SigningAlg"}},
		{"no signatures", func(c *rs.Config) { c.Format, c.JWKSEndpoint, c.SigningAlg = rs.JWTSigned, jwksURL, "none" }, []string{"SigningAlg"}},
		{"empty scope", func(c *rs.Config) { c.AcceptedScopes = []string{"a", ""} }, []string{"AcceptedScopes"}},
		{"scope with a space", func(c *rs.Config) { c.AcceptedScopes = []string{"a b"} }, []string{"AcceptedScopes"}},
		{"empty audiences", func(c *rs.Config) {
			c.AllowedAudiences, c.TokenAudiences, c.ResponseAudiences = []string{""}, []string{""}, []string{""}
		}, []string{"ResponseAudiences", "AllowedAudiences", "TokenAudiences"}},
		{"token type", func(c *rs.Config) { c.TokenType = 9 }, []string{"TokenType"}},
		{"realm", func(c *rs.Config) { c.Realm = "a\nb" }, []string{"Realm"}},
		{"proxy", func(c *rs.Config) { c.Proxy, c.HTTPClient = u("proxy:3128"), nil }, []string{"Proxy"}},
		{"proxy without a host", func(c *rs.Config) { c.Proxy, c.HTTPClient = u("http:///x"), nil }, []string{"Proxy"}},
		{"proxy of another kind", func(c *rs.Config) { c.Proxy, c.HTTPClient = u("ftp://proxy:21"), nil }, []string{"Proxy"}},
		{"proxy over https", func(c *rs.Config) { c.Proxy, c.HTTPClient = u("https://proxy:3128"), nil }, nil},
		{"proxy that looks names up", func(c *rs.Config) { c.Proxy, c.HTTPClient = u("socks5h://proxy:1080"), nil }, nil},
		{"good proxy", func(c *rs.Config) { c.Proxy, c.HTTPClient = u("socks5://proxy:1080"), nil }, nil},
		{"limits", func(c *rs.Config) {
			c.Timeout, c.MaxResponseSize, c.MaxTokenLength, c.ResponseMaxAge, c.JWKSTTL, c.ClockSkew, c.StaleIfError, c.Budget = -1, -1, -1, -1, -1, -1, -1, -1
		}, []string{"Timeout", "MaxResponseSize", "MaxTokenLength", "ResponseMaxAge", "JWKSTTL", "Budget", "StaleIfError", "ClockSkew"}},
		{"caches beyond all memory", func(c *rs.Config) { c.CacheSize, c.NegativeCacheSize = math.MaxInt, 100_000_001 }, []string{"CacheSize", "NegativeCacheSize"}},
		{"stale header", func(c *rs.Config) { c.StaleHeader = "X-Token Checked" }, []string{"StaleHeader"}},
		{"good stale header", func(c *rs.Config) { c.StaleHeader = "X-Token-Checked" }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(newWire())
			c.adjust(&cfg)
			server, err := rs.New(cfg)
			var got []string
			for _, e := range rs.FieldErrors(err) {
				got = append(got, e.Field)
				if strings.Contains(e.Error(), secret) || !strings.HasPrefix(e.Error(), "rs: Config."+e.Field+" ") {
					t.Error(e)
				}
			}
			if !slices.Equal(got, c.want) || (err == nil) != (server != nil) {
				t.Errorf("got %v (%v), want %v", got, err, c.want)
			}
		})
	}
	if got := rs.FieldErrors(errors.New("another")); got != nil {
		t.Error(got)
	}
}

// TestEveryCharacterOfAScopeAndARealm: RFC 6749 section 3.3, and what a header can carry.
func TestEveryCharacterOfAScopeAndARealm(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		text := "a" + string([]byte{byte(c)})
		cfg := config(newWire())
		cfg.AcceptedScopes, cfg.Realm = []string{text}, text
		var want []string
		if c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			want = append(want, "AcceptedScopes")
		}
		if c < 0x20 || c >= 0x7f {
			want = append(want, "Realm")
		}
		var got []string
		for _, e := range rs.FieldErrors(cfg.Validate()) {
			got = append(got, e.Field)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	cfg := config(newWire().on(endpoint, good()))
	s := newServer(t, cfg)
	cfg.AcceptedScopes[0] = "other"
	if got := outcome(s, "token"); got != "" {
		t.Errorf("changing the configuration afterwards had an effect: %q", got)
	}
}

func TestSecretIsNeverFormatted(t *testing.T) {
	t.Parallel()
	cfg := config(newWire())
	cfg.ClientSecret, cfg.HTTPClient = "hidden-value", nil
	cfg.Proxy = &url.URL{Scheme: "http", Host: "proxy:3128", User: url.UserPassword("u", "hidden-value")}
	several := rs.IssuersConfig{Issuers: []rs.Config{cfg}}
	for name, v := range map[string]any{
		"Secret": cfg.ClientSecret, "Config": cfg, "*Config": &cfg, "IssuersConfig": several,
		"Server": newServer(t, cfg), "Issuers": newIssuers(t, several),
	} {
		for _, verb := range "vsqxXdtcUbeog" { // of a verb that does not fit, package fmt says what it has instead
			for _, format := range []string{"%" + string(verb), "%+" + string(verb), "%#" + string(verb)} {
				if text := fmt.Sprintf(format, v); strings.Contains(text, "hidden-value") || strings.Contains(text, fmt.Sprintf("%x", "hidden-value")) {
					t.Errorf("%s of a %s: %s", format, name, text)
				}
			}
		}
	}
	if text := fmt.Sprint((*rs.Server)(nil), (*rs.Issuers)(nil)); text != "<nil> <nil>" {
		t.Errorf("of nothing: %s", text)
	}
	asJSON, err := json.Marshal(map[string]any{"s": cfg.ClientSecret})
	if err != nil || strings.Contains(string(asJSON), "hidden-value") {
		t.Error(string(asJSON), err)
	}
}

func TestFormatNames(t *testing.T) {
	t.Parallel()
	for f, want := range map[rs.Format]string{rs.JSON: "json", rs.JWT: "jwt", rs.JWTSigned: "jwt-signed", 9: "unknown"} {
		if f.String() != want {
			t.Errorf("got %q, want %q", f, want)
		}
	}
}

func TestDefaultClock(t *testing.T) {
	t.Parallel()
	cfg := config(newWire().on(endpoint, jsonAnswer(mustJSON(claims(map[string]any{"exp": time.Now().Add(time.Hour).Unix()})))))
	cfg.Now = nil
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Error(got)
	}
}

// TestForEverIsALongTime: the greatest numbers there are mean no bound worth the name, and not an overflow.
func TestForEverIsALongTime(t *testing.T) {
	t.Parallel()
	w := newWire().on(endpoint, answers(200, responseType, sign(t, signer(), goodHeader, mustJSON(with(goodEnvelope(), object{"token_introspection": claims(object{"exp": nil})})))))
	w.on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS())))
	w.on("/.well-known/oauth-authorization-server/api/v2", jsonAnswer(mustJSON(object{"issuer": issuer, "introspection_endpoint": endpoint, "jwks_uri": jwksURL})))
	cfg, clk := config(w), newClock()
	cfg.Format, cfg.IntrospectionEndpoint, cfg.Now, cfg.NoRefreshAhead = rs.JWTSigned, "", clk.Now, true
	for _, d := range []*time.Duration{
		&cfg.CacheTTL, &cfg.NegativeCacheTTL, &cfg.StaleIfError, &cfg.JWKSTTL, &cfg.JWKSMaxStale, &cfg.JWKSCooldown, &cfg.ClockSkew, &cfg.ResponseMaxAge,
		&cfg.Timeout, &cfg.Budget, &cfg.MaxWait, &cfg.CircuitOpen, &cfg.CredentialsPause, &cfg.IntrospectEvery,
	} {
		*d = math.MaxInt64
	}
	cfg.MaxResponseSize, cfg.MaxTokenLength = math.MaxInt64, math.MaxInt
	s := newServer(t, cfg)
	for range 3 {
		if got := outcome(s, "token"); got != "" {
			t.Fatalf("got %q", got)
		}
		clk.advance(24 * time.Hour)
	}
	if w.count(endpoint) != 1 {
		t.Errorf("%d calls, want that the first answer is remembered", w.count(endpoint))
	}
	for i := range 3 {
		if got := outcome(s, fmt.Sprint("another", i)); got != "" {
			t.Errorf("got %q", got)
		}
	}
	if w.count(jwksURL) != 1 {
		t.Errorf("%d fetches of keys, want that the first set is kept", w.count(jwksURL))
	}
	w.on(endpoint, jsonAnswer(mustJSON(claims(nil))))
	cfg.Format, cfg.CacheSize = rs.JSON, -1
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Errorf("plain: %q", got)
	}
}
