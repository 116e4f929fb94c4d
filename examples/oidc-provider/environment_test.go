package main_test

import (
	"encoding/base64"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// TestEnvironment is the .env file of a django-lasuite service, which is to work unchanged: with class paths for the
// backend, and with service providers that wrap their tokens in base64. It is not parallel because the environment is
// one for all.
func TestEnvironment(t *testing.T) {
	requireNode(t)
	backends := map[string]string{
		"rs-jwt":    "lasuite.oidc_resource_server.backend.JWTResourceServerBackend",
		"rs-ecdh":   "jwt",
		"rs-signed": "jwt-signed",
		"rs-json":   "lasuite.oidc_resource_server.backend.ResourceServerBackend",
	}
	for _, version := range versions {
		t.Run("v"+version, func(t *testing.T) {
			w := newWorld(t, version, service.Modes...)
			w.forEachMode(t, func(t *testing.T, g *gateway) {
				setenv(t, w.as, g.mode, backends[g.mode.Client])
				env, err := rsenv.Read()
				if err != nil {
					t.Fatal(err)
				}
				if len(env.Warnings) != 0 {
					t.Errorf("warnings: %q, want none", env.Warnings)
				}
				var ring *keyring
				if env.Keys != nil {
					ring = &keyring{privateKeys: env.Keys}
				}
				g.configure(t, env.Config, ring)

				token := w.mint(t, authserver.Wish{Subject: "alice", Scope: "openid groups"})
				g.expect(t, whoami, token, accepted("alice"))
				g.expect(t, whoami, base64.StdEncoding.EncodeToString([]byte(token)), accepted("alice"))
				g.expect(t, whoami, w.mint(t, authserver.Wish{Subject: "alice", Scope: "email"}), insufficientScope)
				refresh := w.mint(t, authserver.Wish{Kind: "refresh", Subject: "alice", Scope: "groups"})
				g.expect(t, whoami, refresh, invalidToken)
			})
		})
	}
}

// setenv sets what such a file has; everything else is left to the defaults.
func setenv(t *testing.T, as *authserver.Server, mode service.Mode, backend string) {
	t.Helper()
	env := map[string]string{
		"OIDC_OP_URL":                    as.Issuer,
		"OIDC_OP_INTROSPECTION_ENDPOINT": as.IntrospectionEndpoint,
		"OIDC_OP_JWKS_ENDPOINT":          as.JWKSEndpoint,
		"OIDC_RS_BACKEND_CLASS":          backend,
		"OIDC_RS_CLIENT_ID":              mode.Client,
		"OIDC_RS_CLIENT_SECRET":          as.Secrets[mode.Client],
		"OIDC_RS_SCOPES":                 "groups,teams",
		"OIDC_RS_REQUIRE_TOKEN_TYPE":     "true", // the one line to add for plain JSON, see README.md
		"OIDC_TIMEOUT":                   patience.String(),
	}
	if mode.EncryptionAlg != "" {
		env["OIDC_RS_PRIVATE_KEY_STR"] = string(usualKey(t, mode.KeyType))
		env["OIDC_RS_ENCRYPTION_ALGO"] = mode.EncryptionAlg
		env["OIDC_RS_ENCRYPTION_KEY_TYPE"] = mode.KeyType
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}
