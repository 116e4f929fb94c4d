// Package service is a small Gin service that trusts the authorization server of this directory.
package service

import (
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// Mode is one way in which a resource server is registered at the authorization server, and our half of it.
type Mode struct {
	Client        string // client id, see README.md
	Format        rs.Format
	ClientAuth    rs.ClientAuth
	EncryptionAlg string // JWE alg of the answers; empty: they are not encrypted
	KeyType       string // what private key that takes
}

// Modes are the four registrations: as ProConnect does it, the same with an EC key, signed only, and plain JSON.
var Modes = []Mode{
	{"rs-jwt", rs.JWT, rs.ClientSecretPost, "RSA-OAEP", "RSA"},
	{"rs-ecdh", rs.JWT, rs.ClientSecretPost, "ECDH-ES", "EC"},
	{"rs-signed", rs.JWTSigned, rs.ClientSecretPost, "", ""},
	{"rs-json", rs.JSON, rs.ClientSecretBasic, "", ""},
}

// EncryptionEnc is the JWE enc of every encrypted answer.
const EncryptionEnc = "A256GCM"

// Config is what a service of this mode needs to know. Only the Decrypter of an encrypted mode is missing.
func (m Mode) Config(as *authserver.Server) rs.Config {
	return rs.Config{
		Issuer:                as.Issuer,
		IntrospectionEndpoint: as.IntrospectionEndpoint,
		JWKSEndpoint:          as.JWKSEndpoint,
		ClientID:              m.Client,
		ClientSecret:          rs.Secret(as.Secrets[m.Client]),
		ClientAuth:            m.ClientAuth,
		Format:                m.Format,
		AcceptedScopes:        []string{"groups"},
		Realm:                 "example",
		// oidc-provider marks a refresh token only by leaving token_type out, in plain JSON too, where rs does
		// not insist on token_type by itself.
		TokenType: rs.TokenTypeRequired,
	}
}
