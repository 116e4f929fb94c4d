package rsdoctor_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// An operator does what the remedy says, to the letter: it must not name what is right already, nor leave out what is needed.
func TestRemedies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		format rs.Format
		cause  func(w *ward)
		code   rsdoctor.Code
		want   string
		not    string
	}{
		{"a login page at the endpoint of the metadata", rs.JSON, func(w *ward) { w.as.Fail(devas.HTML) },
			rsdoctor.EndpointHTML, "its metadata names this very endpoint", "OIDC_OP_INTROSPECTION_ENDPOINT"},
		{"the same, discovered", rs.JSON, func(w *ward) { w.cfg.IntrospectionEndpoint = ""; w.as.Fail(devas.HTML) },
			rsdoctor.EndpointHTML, "its metadata names this very endpoint", "OIDC_OP_INTROSPECTION_ENDPOINT"},
		{"the same, called inside", rs.JSON, func(w *ward) { inside(w); w.as.Fail(devas.HTML) },
			rsdoctor.EndpointHTML, "its metadata names this very endpoint", "OIDC_OP_INTROSPECTION_ENDPOINT"},
		{"another endpoint than that of the metadata", rs.JSON, func(w *ward) { w.cfg.IntrospectionEndpoint += "ion" },
			rsdoctor.EndpointNotFound, "set OIDC_OP_INTROSPECTION_ENDPOINT=http://", "very endpoint"},
		{"no metadata to copy from", rs.JSON, func(w *ward) {
			w.cfg.IntrospectionEndpoint += "ion"
			w.front = without("/.well-known/")
		}, rsdoctor.EndpointNotFound, "correct OIDC_OP_INTROSPECTION_ENDPOINT", "very endpoint"},
		{"the keys of another server, for another algorithm", rs.JWTSigned, func(w *ward) {
			w.register(func(c *devas.Client) { c.SigningAlg = "RS256" })
			w.cfg.SigningAlg = "RS256"
			w.cfg.JWKSEndpoint = stranger(w.t)
		}, rsdoctor.JWKSNoKey, "set OIDC_OP_JWKS_ENDPOINT=http://", ""},
		{"the right keys, for another algorithm", rs.JSON, func(w *ward) { w.local("PS512") },
			rsdoctor.JWKSNoKey, "set OIDC_RS_ACCESS_TOKEN_ALGO", "OIDC_OP_JWKS_ENDPOINT"},
		{"internal for external", rs.JSON, func(w *ward) { w.cfg.Issuer = "https://auth.invalid/api" },
			rsdoctor.IssuerHost, "OIDC_OP_INTERNAL_URL", ""},
		{"the address of the metadata", rs.JSON, func(w *ward) { w.cfg.Issuer += "/.well-known/openid-configuration" },
			rsdoctor.IssuerIsDocument, "most likely http://127.0.0.1:", ".well-known"},
		{"metadata without an endpoint", rs.JSON, describes(`"jwks_uri":"https://auth.example/jwks"`),
			rsdoctor.MetadataMismatch, "set OIDC_OP_INTROSPECTION_ENDPOINT", "Config"},
		{"metadata without keys", rs.JWTSigned, describes(`"introspection_endpoint":"ENDPOINT"`),
			rsdoctor.MetadataMismatch, "set OIDC_OP_JWKS_ENDPOINT", "Config"},
		{"metadata with a relative URL", rs.JWTSigned, describes(`"introspection_endpoint":"ENDPOINT","jwks_uri":"/jwks"`),
			rsdoctor.MetadataMismatch, "set OIDC_OP_JWKS_ENDPOINT", "Forwarded"},
		{"metadata with an http URL", rs.JSON, describes(`"introspection_endpoint":"http://auth.example/introspect"`),
			rsdoctor.MetadataMismatch, "X-Forwarded-Proto", ""},
		{"metadata without our method", rs.JSON, describes(`"introspection_endpoint":"ENDPOINT","introspection_endpoint_auth_methods_supported":["private_key_jwt"]`),
			rsdoctor.AuthMethodNotOffered, "set OIDC_RS_CLIENT_AUTH_METHOD as this client is registered", "Config"},
		{"metadata without the algorithm of answers", rs.JWTSigned,
			describes(`"introspection_endpoint":"ENDPOINT","jwks_uri":"https://auth.example/jwks","introspection_signing_alg_values_supported":["PS512","RS256"]`),
			rsdoctor.SigningAlgNotOffered, "set OIDC_RS_SIGNING_ALGO as this client is registered", "Config"},
		{"metadata without the algorithm of our key", rs.JSON, func(w *ward) {
			w.sign("ES256")
			describes(rs256Only)(w)
		}, rsdoctor.MetadataMismatch, "set OIDC_RS_CLIENT_SIGNING_ALGO as this client is registered", "Config"},
		{"metadata without the algorithm of our secret", rs.JSON, func(w *ward) {
			w.cfg.ClientAuth, w.cfg.ClientSecret = rs.ClientSecretJWT, longSecret
			describes(rs256Only)(w)
		}, rsdoctor.AuthMethodNotOffered, "set OIDC_RS_CLIENT_AUTH_METHOD as this client is registered", "Config"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := admit(t, tt.format)
			tt.cause(w)
			report := rsdoctor.Examine(t.Context(), w.cfg, w.options)
			for _, f := range report.Findings {
				if cause, follows := strings.CutPrefix(f.Text, "follows from "); follows && !slices.Contains(report.Codes(rsdoctor.Problem), rsdoctor.Code(cause)) {
					t.Errorf("%s follows from %s, which is not shown", f.Check, cause)
				}
			}
			for _, f := range report.Findings {
				if f.Code != tt.code || f.Status != rsdoctor.Problem {
					continue
				}
				if !strings.Contains(f.Fix, tt.want) || tt.not != "" && strings.Contains(f.Fix, tt.not) {
					t.Errorf("the remedy is %q, want %q in it and not %q", f.Fix, tt.want, tt.not)
				}
				return
			}
			t.Errorf("no problem %s was found", tt.code)
		})
	}
}

// inside calls the authorization server at an address that its metadata does not name.
func inside(w *ward) {
	w.open("http://localhost:1/api")
	w.cfg.IntrospectionEndpoint = ""
	w.cfg.InternalURL = w.base + "/api"
	w.front = func(as http.Handler) http.Handler { return as }
}

const rs256Only = `"introspection_endpoint":"ENDPOINT","introspection_endpoint_auth_signing_alg_values_supported":["RS256"]`

// describes leaves everything to metadata with these members. ENDPOINT is where tokens are introspected.
func describes(members string) func(*ward) {
	return func(w *ward) {
		behind(document(strings.ReplaceAll(members, "ENDPOINT", w.cfg.IntrospectionEndpoint)))(w)
	}
}
