package devas_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestMetadata(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		issuer string
		paths  []string
	}{
		{issuer, []string{
			"/api/v2/.well-known/openid-configuration", "/.well-known/openid-configuration/api/v2",
			"/api/v2/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/api/v2",
		}},
		{"https://as.example", []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"}},
	} {
		as := newAS(t, func(cfg *devas.Config) { cfg.Issuer = tt.issuer })
		for _, path := range tt.paths {
			w := serve(as, httptest.NewRequest(http.MethodGet, path, http.NoBody))
			if w.Code != 200 {
				t.Errorf("%s: %d", path, w.Code)
				continue
			}
			got := object(t, w.Body.Bytes())
			for name, want := range map[string]string{
				"issuer": tt.issuer, "jwks_uri": as.JWKSEndpoint(),
				"introspection_endpoint": as.IntrospectionEndpoint(), "revocation_endpoint": as.RevocationEndpoint(),
				"userinfo_endpoint": as.UserInfoEndpoint(),
			} {
				if got[name] != want {
					t.Errorf("%s: %s is %v, want %s", path, name, got[name], want)
				}
			}
			for _, name := range []string{
				"response_types_supported", "subject_types_supported", "introspection_endpoint_auth_methods_supported",
				"introspection_signing_alg_values_supported", "introspection_encryption_alg_values_supported", "introspection_encryption_enc_values_supported",
				"userinfo_signing_alg_values_supported", "userinfo_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported",
			} {
				if _, isList := got[name].([]any); !isList {
					t.Errorf("%s: %s is %v", path, name, got[name])
				}
			}
		}
	}
}
