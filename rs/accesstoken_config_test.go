package rs_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestAccessTokenConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		adjust func(*rs.Config)
		want   []string
	}{
		{"good", func(*rs.Config) {}, nil},
		{"JWT answers need no key where nobody answers", func(c *rs.Config) { c.Format = rs.JWT }, nil},
		{"no audience", func(c *rs.Config) { c.TokenAudiences = nil }, []string{"TokenAudiences"}},
		{"keys are discovered", func(c *rs.Config) { c.JWKSEndpoint = "" }, nil},
		{"HS256", func(c *rs.Config) { c.AccessTokenAlg = "HS256" }, []string{"AccessTokenAlg"}},
		{"none", func(c *rs.Config) { c.AccessTokenAlg = "none" }, []string{"AccessTokenAlg"}},
		{"mode", func(c *rs.Config) { c.AccessTokenMode = 7 }, []string{"ClientID", "ClientSecret", "AccessTokenMode"}},
		{"period", func(c *rs.Config) { c.IntrospectEvery = -1 }, []string{"IntrospectEvery"}},
		{"nobody to ask", func(c *rs.Config) { c.AccessTokenMode = rs.LocalThenIntrospect }, []string{"ClientID", "ClientSecret"}},
	} {
		cfg := localConfig(newWire())
		c.adjust(&cfg)
		var got []string
		for _, e := range rs.FieldErrors(cfg.Validate()) {
			got = append(got, e.Field)
		}
		if mustJSON(got) != mustJSON(c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for mode, want := range map[rs.AccessTokenMode]string{rs.Introspect: "introspect", rs.Local: "local", rs.LocalThenIntrospect: "local-then-introspect", 9: "unknown"} {
		if mode.String() != want {
			t.Errorf("%d is %q", mode, mode.String())
		}
	}
}

// TestLocalNeedsTheIssuerOnly: the keys are where the metadata says, and nothing else of it matters.
func TestLocalNeedsTheIssuerOnly(t *testing.T) {
	t.Parallel()
	metadata := "https://as.example/.well-known/oauth-authorization-server/api/v2"
	for _, c := range []struct {
		name, document string
		want           rs.Reason
	}{
		{"jwks_uri alone", mustJSON(object{"issuer": issuer, "jwks_uri": jwksURL}), ""},
		{"of an authorization server that signs answers otherwise", mustJSON(object{
			"issuer": issuer, "jwks_uri": jwksURL, "introspection_signing_alg_values_supported": []string{"PS512"},
			"introspection_endpoint_auth_methods_supported": []string{"none"},
		}), ""},
		{"no keys", mustJSON(object{"issuer": issuer, "introspection_endpoint": endpoint}), rs.ReasonMetadataMismatch},
		{"of another issuer", mustJSON(object{"issuer": issuer + "/", "jwks_uri": jwksURL}), rs.ReasonMetadataIssuer},
	} {
		w := newWire().on(metadata, jsonAnswer(c.document)).on(endpoint, good())
		cfg := localConfig(w)
		cfg.JWKSEndpoint, cfg.Format = "", rs.JWT
		s := newServer(t, cfg)
		if got := outcome(s, accessToken(t, nil, nil)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if err := s.Discover(t.Context()); (err == nil) != (c.want == "") {
			t.Errorf("%s: Discover: %v", c.name, err)
		}
		if w.count(endpoint) != 0 || c.want == "" && w.count(jwksURL) != 1 {
			t.Errorf("%s: %d introspections, %d fetches", c.name, w.count(endpoint), w.count(jwksURL))
		}
	}
}

func TestLocalIsReadyWithKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		cfg := liveLocal(w)
		w.on(jwksURL, answers(503, "text/plain", "no"))
		s := newServer(t, cfg)
		for range 2 { // on its way; failed a moment ago
			refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonKeysUnavailable)
			synctest.Wait()
		}
		w.on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS())))
		time.Sleep(time.Second)
		refusal(t, s.Ready(), rs.ErrUnavailable, rs.ReasonKeysUnavailable)
		synctest.Wait()
		if err := s.Ready(); err != nil || w.count(jwksURL) != 2 {
			t.Errorf("%v after %d fetches", err, w.count(jwksURL))
		}
	})
}
