package rs

import (
	"context"
	"crypto/tls"
	"slices"
)

// ClientAuth is how we authenticate to the authorization server (RFC 6749 section 2.3). Only what the method uses has to be
// configured.
type ClientAuth uint8

// The methods, by the names of RFC 7591 section 2 and RFC 8705 section 2. The zero ClientAuth is client_secret_basic.
const (
	ClientSecretBasic       ClientAuth = iota // Authorization: Basic, id and secret form-urlencoded (RFC 6749 section 2.3.1)
	ClientSecretPost                          // client_id and client_secret in the body
	ClientSecretByMetadata                    // the one of these two that the metadata lists; of both, or if it lists none, client_secret_post
	ClientSecretJWT                           // an assertion under HS256 with the secret, of 32 bytes at least (RFC 7523 section 2.2)
	PrivateKeyJWT                             // an assertion signed by ClientSigner (RFC 7523 section 2.2)
	TLSClientAuth                             // ClientCertificate, of an authority that the server knows (RFC 8705 section 2.1)
	SelfSignedTLSClientAuth                   // ClientCertificate, registered by itself (RFC 8705 section 2.2)
	ClientBearerToken                         // Authorization: Bearer, with ClientSecret as the token (RFC 7662 section 2.1)
)

var clientAuthNames = [...]string{
	ClientSecretBasic: "client_secret_basic", ClientSecretPost: "client_secret_post",
	ClientSecretByMetadata: "client_secret_post or client_secret_basic",
	ClientSecretJWT:        "client_secret_jwt", PrivateKeyJWT: "private_key_jwt",
	TLSClientAuth: "tls_client_auth", SelfSignedTLSClientAuth: "self_signed_tls_client_auth",
	ClientBearerToken: "bearer",
}

// String is the registered name; "bearer" has none.
func (a ClientAuth) String() string {
	if int(a) < len(clientAuthNames) {
		return clientAuthNames[a]
	}
	return "unknown"
}

// choose settles ClientSecretByMetadata, given the methods that the authorization server lists.
func (a ClientAuth) choose(listed []string) ClientAuth {
	if a != ClientSecretByMetadata {
		return a
	}
	if !slices.Contains(listed, ClientSecretPost.String()) && slices.Contains(listed, ClientSecretBasic.String()) {
		return ClientSecretBasic
	}
	return ClientSecretPost
}

// isRegistered: metadata lists it by its name.
func (a ClientAuth) isRegistered() bool { return a != ClientBearerToken }

// isTLS: a certificate proves who we are.
func (a ClientAuth) isTLS() bool { return a == TLSClientAuth || a == SelfSignedTLSClientAuth }

// isAssertion: a signed JWT proves it, which is good for one call.
func (a ClientAuth) isAssertion() bool { return a == ClientSecretJWT || a == PrivateKeyJWT }

// usesSecret: ClientSecret is needed.
func (a ClientAuth) usesSecret() bool { return !a.isTLS() && a != PrivateKeyJWT }

// SecretSource gives the current client secret, or bearer token: from a file that is replaced, a vault, or a token endpoint.
// It is asked for every call to the authorization server, and during the pause after refused credentials for every call that
// is held back; so it must remember what is costly to get. It must be safe for concurrent use, and its error must not hold
// the secret.
type SecretSource func(ctx context.Context) (Secret, error)

// Signer makes a compact JWS with our private key (RFC 7515 section 7.1), with the members of header beside alg and kid.
// *keys.Signer and *keys.SignerRing are two; an HSM or a key management service can be another. It must be safe for
// concurrent use, and its error must not hold the payload. If it has a method KeyID() string, as those two have, a new id ends
// the pause after refused credentials.
//
// One that makes a call should have a method SignContext(ctx context.Context, payload []byte, header map[string]any) ([]byte, error)
// too, which is then called in place of Sign: the decision waits for it, and ctx ends with Config.Budget, or with
// Config.Timeout if that is sooner.
type Signer interface {
	Algorithm() string
	Sign(payload []byte, header map[string]any) (jws []byte, err error)
}

// CertificateSource gives our certificate and its key for a new TLS connection; open connections keep the one that they were
// made with, for five minutes at most. During the pause after refused credentials it is also asked for every call that is held
// back, so it must remember what is costly to get. It must be safe for concurrent use, and its error must not hold the key.
type CertificateSource func(ctx context.Context) (*tls.Certificate, error)
