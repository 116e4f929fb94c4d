package rstest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// The formats of [Server.Config].
const (
	JSON      = rs.JSON
	JWT       = rs.JWT
	JWTSigned = rs.JWTSigned
)

// Config is a ready configuration for the server, registered there, in the given format (default JSON): as the clients
// "rs-json", "rs-jwt" and "rs-jwt-signed", signed with Config.SigningAlg of the server and encrypted with RSA-OAEP and
// A256GCM. Change what the test is about before giving it to rs.New. It accepts the scope [Scope].
//
// What makes an outage small is switched off (NoRetry, CircuitOpen, CredentialsPause), so that one fault is one refusal, and
// the next request finds the server as it is then.
func (s *Server) Config(format ...rs.Format) rs.Config {
	s.t.Helper()
	f := rs.JSON
	if len(format) > 0 {
		f = format[0]
	}
	c := devas.Client{ID: "rs-" + f.String()}
	if f != rs.JSON {
		c.SigningAlg = s.signingAlg
	}
	if f == rs.JWT {
		c.EncryptionAlg = "RSA-OAEP"
	}
	return s.ConfigFor(c)
}

// ConfigLocal is [Server.Config] for a service that judges JWT access tokens (RFC 9068) itself, those of
// [Server.IssueJWT]: with rs.Local, for the audience [Audience]. Nobody is asked about a token, so only the faults of
// the keys are felt. For the other mode set AccessTokenMode to rs.LocalThenIntrospect, and perhaps IntrospectEvery; the
// format is that of the answers then.
func (s *Server) ConfigLocal(format ...rs.Format) rs.Config {
	s.t.Helper()
	cfg := s.Config(format...)
	cfg.AccessTokenMode, cfg.AccessTokenAlg, cfg.TokenAudiences = rs.Local, s.signingAlg, []string{s.audience}
	return cfg
}

// ConfigFor registers a client and returns a ready configuration for it: its algorithms decide on the format. What is
// missing of Secret, EncryptionEnc and JWKS is made up, with a private key that fits. A client that brings its own JWKS or
// JWKSURI needs a Decrypter of its own in the configuration.
//
// What the client registers for UserInfo is in the configuration too. It is about the client that got a token, and so needs
// tokens of this one: Claims{"client_id": c.ID}. All others have answers in plain JSON.
func (s *Server) ConfigFor(c devas.Client) rs.Config {
	s.t.Helper()
	if c.Secret == "" {
		c.Secret = "a secret of " + rs.Secret(c.ID) + " with odd characters: +%&=/é"
	}
	cfg := rs.Config{
		Issuer: s.Issuer(), IntrospectionEndpoint: s.IntrospectionEndpoint(), JWKSEndpoint: s.JWKSEndpoint(), UserInfoEndpoint: s.UserInfoEndpoint(),
		ClientID: c.ID, ClientSecret: c.Secret, AcceptedScopes: []string{Scope},
		Format: formatOf(c.SigningAlg, c.EncryptionAlg), SigningAlg: c.SigningAlg,
		UserInfoFormat: formatOf(c.UserInfoSigningAlg, c.UserInfoEncryptionAlg), UserInfoAlg: c.UserInfoSigningAlg,
		HTTPClient: s.injected,
		NoRetry:    true, CircuitOpen: -1, CredentialsPause: -1,
	}
	if (cfg.Format == rs.JWT || cfg.UserInfoFormat == rs.JWT) && len(c.JWKS) == 0 && c.JWKSURI == "" {
		set, err := privateKeyOf(c)
		if err != nil {
			s.t.Fatalf("rstest: %v", err)
		}
		c.JWKS, cfg.Decrypter = set.PublicJWKS(), set
	}
	if err := s.Register(c); err != nil {
		s.t.Fatalf("rstest: %v", err)
	}
	return cfg
}

// formatOf is the one that these algorithms make.
func formatOf(signingAlg, encryptionAlg string) rs.Format {
	switch {
	case encryptionAlg != "":
		return rs.JWT
	case signingAlg != "":
		return rs.JWTSigned
	}
	return rs.JSON
}

// privateKeyOf is the key for all that is encrypted to the client.
func privateKeyOf(c devas.Client) (*keys.Set, error) {
	switch {
	case c.UserInfoEncryptionAlg == "":
		return privateKey(c.EncryptionAlg, c.EncryptionEnc)
	case c.EncryptionAlg == "":
		return privateKey(c.UserInfoEncryptionAlg, c.UserInfoEncryptionEnc)
	case c.EncryptionAlg != c.UserInfoEncryptionAlg || cmp.Or(c.EncryptionEnc, defaultEnc) != cmp.Or(c.UserInfoEncryptionEnc, defaultEnc):
		return nil, errors.New("one private key is made up, for one EncryptionAlg and EncryptionEnc: bring your own JWKS, and a Decrypter")
	}
	return privateKey(c.EncryptionAlg, c.EncryptionEnc)
}

// defaultEnc is that of [devas.Client].
const defaultEnc = "A256GCM"

func privateKey(alg, enc string) (*keys.Set, error) {
	pem, err := ecKey()
	if strings.HasPrefix(alg, "RSA") {
		pem, err = rsaKey()
	}
	if err != nil {
		return nil, fmt.Errorf("a private key: %w", err)
	}
	return keys.Parse(pem, alg, cmp.Or(enc, defaultEnc))
}

// One key of each type for the whole process: to make an RSA key takes a second under the race detector.
var (
	rsaKey = sync.OnceValues(func() ([]byte, error) { return keys.Generate("RSA") })
	ecKey  = sync.OnceValues(func() ([]byte, error) { return keys.Generate("EC") })
)
