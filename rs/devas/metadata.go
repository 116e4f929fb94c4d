package devas

import (
	"encoding/json"
	"net/http"
)

// metadata is what the server says about itself (RFC 8414 section 2, OpenID Connect Discovery section 3).
type metadata struct {
	Issuer                 string   `json:"issuer"`
	JWKSURI                string   `json:"jwks_uri"`
	IntrospectionEndpoint  string   `json:"introspection_endpoint"`
	RevocationEndpoint     string   `json:"revocation_endpoint"`
	UserInfoEndpoint       string   `json:"userinfo_endpoint"`
	ResponseTypes          []string `json:"response_types_supported"`
	SubjectTypes           []string `json:"subject_types_supported"`
	IDTokenAlgs            []string `json:"id_token_signing_alg_values_supported"`
	IntrospectionAuth      []string `json:"introspection_endpoint_auth_methods_supported"`
	RevocationAuth         []string `json:"revocation_endpoint_auth_methods_supported"`
	SigningAlgs            []string `json:"introspection_signing_alg_values_supported"`    // RFC 9701 section 7
	EncryptionAlgs         []string `json:"introspection_encryption_alg_values_supported"` // the same
	EncryptionEncs         []string `json:"introspection_encryption_enc_values_supported"` // the same
	UserInfoSigningAlgs    []string `json:"userinfo_signing_alg_values_supported"`
	UserInfoEncryptionAlgs []string `json:"userinfo_encryption_alg_values_supported"`
	UserInfoEncryptionEncs []string `json:"userinfo_encryption_enc_values_supported"`
}

// What the server can do, in the names of the registries of RFC 8414 and RFC 7518.
var (
	authMethods    = []string{"client_secret_basic", "client_secret_post"}
	signingAlgs    = []string{"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"}
	encryptionAlgs = []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"}
	encryptionEncs = []string{"A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"}
)

func (s *Server) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, metadata{
		Issuer:                 s.cfg.Issuer,
		JWKSURI:                s.JWKSEndpoint(),
		IntrospectionEndpoint:  s.IntrospectionEndpoint(),
		RevocationEndpoint:     s.RevocationEndpoint(),
		UserInfoEndpoint:       s.UserInfoEndpoint(),
		ResponseTypes:          []string{}, // it has no authorization endpoint
		SubjectTypes:           []string{"public"},
		IDTokenAlgs:            []string{s.cfg.SigningAlg},
		IntrospectionAuth:      authMethods,
		RevocationAuth:         authMethods,
		SigningAlgs:            signingAlgs,
		EncryptionAlgs:         encryptionAlgs,
		EncryptionEncs:         encryptionEncs,
		UserInfoSigningAlgs:    signingAlgs,
		UserInfoEncryptionAlgs: encryptionAlgs,
		UserInfoEncryptionEncs: encryptionEncs,
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "devas: not JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}
