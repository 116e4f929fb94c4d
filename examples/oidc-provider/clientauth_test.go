package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// assertionAlgs are those that both versions of oidc-provider take from clients by default, and we can sign with.
var assertionAlgs = []string{"ES256", "RS256", "PS256", "EdDSA"}

// parties are resource servers that authenticate in every way that oidc-provider knows. Our half of each is a change to a
// configuration that knows nothing but the issuer.
type parties struct {
	authority     *authority
	registrations []string
	adjust        map[string]func(*rs.Config)
}

func (p *parties) add(t *testing.T, id, method string, metadata map[string]any, adjust func(*rs.Config)) {
	t.Helper()
	registration := map[string]any{"client_id": id, "token_endpoint_auth_method": method}
	maps.Copy(registration, metadata)
	text, err := json.Marshal(registration)
	if err != nil {
		t.Fatal(err)
	}
	p.registrations = append(p.registrations, string(text))
	p.adjust[id] = adjust
}

func newSigner(t *testing.T, alg string) (*keys.Signer, []byte) {
	t.Helper()
	pem, err := keys.GenerateSigning(alg)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := keys.ParseSigner(pem, alg)
	if err != nil {
		t.Fatal(err)
	}
	return signer, pem
}

// publish serves public keys as a resource server does.
func publish(t *testing.T, p keys.Publisher) string {
	t.Helper()
	server := httptest.NewServer(jwksendpoint.Handler(p))
	t.Cleanup(server.Close)
	return server.URL
}

func certificateSource(pair *tls.Certificate) rs.CertificateSource {
	return func(context.Context) (*tls.Certificate, error) { return pair, nil }
}

func newParties(t *testing.T) *parties {
	t.Helper()
	p := &parties{authority: newAuthority(t), adjust: map[string]func(*rs.Config){}}
	p.add(t, "basic", "client_secret_basic", nil, func(cfg *rs.Config) { cfg.ClientAuth = rs.ClientSecretBasic })
	p.add(t, "post", "client_secret_post", nil, func(cfg *rs.Config) { cfg.ClientAuth = rs.ClientSecretPost })
	p.add(t, "by metadata", "client_secret_post", nil, func(cfg *rs.Config) { cfg.ClientAuth = rs.ClientSecretByMetadata })
	p.add(t, "secret-jwt", "client_secret_jwt", nil, func(cfg *rs.Config) { cfg.ClientAuth = rs.ClientSecretJWT })
	for _, alg := range assertionAlgs {
		signer, _ := newSigner(t, alg)
		p.add(t, "key-jwt "+alg, "private_key_jwt", map[string]any{"jwks_uri": publish(t, signer), "token_endpoint_auth_signing_alg": alg},
			func(cfg *rs.Config) {
				cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner = rs.PrivateKeyJWT, "", signer
			})
	}
	// One document for both of our keys: the one that answers are encrypted to, and the one that proves who we are.
	signer, _ := newSigner(t, "ES256")
	set, err := keys.Parse(usualKey(t, "RSA"), "RSA-OAEP", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	p.add(t, "key-jwt encrypted", "private_key_jwt", map[string]any{
		"jwks_uri": publish(t, keys.Publish(set, signer)), "token_endpoint_auth_signing_alg": "ES256", "introspection_signed_response_alg": "ES256",
		"introspection_encrypted_response_alg": "RSA-OAEP", "introspection_encrypted_response_enc": "A256GCM",
	}, func(cfg *rs.Config) {
		cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner = rs.PrivateKeyJWT, "", signer
		cfg.Format, cfg.Decrypter = rs.JWT, set
	})
	known := clientCertificate(t, "rs-tls", p.authority)
	p.add(t, "tls", "tls_client_auth", map[string]any{"tls_client_auth_subject_dn": "CN=rs-tls"},
		func(cfg *rs.Config) {
			cfg.ClientAuth, cfg.ClientSecret, cfg.ClientCertificate = rs.TLSClientAuth, "", certificateSource(known)
		})
	own := clientCertificate(t, "rs-own", nil)
	p.add(t, "tls-self-signed", "self_signed_tls_client_auth", map[string]any{"jwks": certificateJWKS(t, own)}, func(cfg *rs.Config) {
		cfg.ClientAuth, cfg.ClientSecret, cfg.ClientCertificate = rs.SelfSignedTLSClientAuth, "", certificateSource(own)
	})
	return p
}

// config knows nothing but the issuer, and who we are.
func (p *parties) config(as *authserver.Server, id string) rs.Config {
	cfg := rs.Config{
		Issuer: as.Issuer, ClientID: id, ClientSecret: rs.Secret(as.Secrets[id]), AcceptedScopes: []string{"groups"},
		RootCAs: p.authority.pool, TokenType: rs.TokenTypeRequired, Timeout: patience,
	}
	p.adjust[id](&cfg)
	return cfg
}

// start starts a server that has the parties as clients.
func (p *parties) start(t *testing.T, version, issuer string) *authserver.Server {
	t.Helper()
	as, err := authserver.Start(t.Context(), authserver.Options{
		Version: version, Clients: p.registrations, TLS: p.authority.writeServerFiles(t), Issuer: issuer, Port: reservePort(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		as.Stop()
		if t.Failed() {
			t.Logf("standard error of oidc-provider %s:\n%s", version, as.Stderr())
		}
	})
	return as
}

// decide is the subject of a token that is let in, else the reason.
func decide(t *testing.T, cfg rs.Config, token string) string {
	t.Helper()
	s, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing is under way
	p, err := s.Authenticate(t.Context(), token)
	if err != nil {
		t.Logf("%v", err)
		return string(rs.AsError(err).Reason)
	}
	return p.Subject
}

func mint(t *testing.T, as *authserver.Server) string {
	t.Helper()
	token, err := as.Mint(t.Context(), authserver.Wish{Subject: "alice", Scope: "groups"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestClientAuthentication: each method opens the door for who is registered with it, from the issuer's URL alone, and for
// nobody with other credentials.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		p := newParties(t)
		as := p.start(t, version, "")
		token := mint(t, as)
		for id := range p.adjust {
			t.Run(id, func(t *testing.T) {
				t.Parallel()
				cfg := p.config(as, id)
				if got := decide(t, cfg, token); got != "alice" {
					t.Errorf("got %q", got)
				}
				cfg.ClientSecret = "another secret, of more than 32 bytes"
				if cfg.ClientSigner != nil {
					cfg.ClientSigner, _ = newSigner(t, cfg.ClientSigner.Algorithm())
				}
				if cfg.ClientCertificate != nil {
					cfg.ClientCertificate = certificateSource(clientCertificate(t, "stranger", p.authority))
				}
				if got := decide(t, cfg, token); got != string(rs.ReasonClientCredentials) {
					t.Errorf("with other credentials: %q", got)
				}
			})
		}
	})
}

// TestSigningKeyRotation: the next key is published, then signs, then is alone; nobody is restarted.
func TestSigningKeyRotation(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		p := newParties(t)
		_, first := newSigner(t, "ES256")
		_, second := newSigner(t, "ES256")
		file := first
		ring, err := keys.NewSignerRing(func() ([]byte, error) { return file, nil }, "ES256")
		if err != nil {
			t.Fatal(err)
		}
		p.add(t, "rotating", "private_key_jwt", map[string]any{"jwks_uri": publish(t, ring), "token_endpoint_auth_signing_alg": "ES256"},
			func(cfg *rs.Config) { cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSigner = rs.PrivateKeyJWT, "", ring })
		as := p.start(t, version, "")
		token := mint(t, as)
		cfg := p.config(as, "rotating")
		for step, next := range [][]byte{first, bytes.Join([][]byte{first, second}, nil), bytes.Join([][]byte{second, first}, nil), second} {
			file = next
			if err := ring.Reload(); err != nil {
				t.Fatal(err)
			}
			if step == 1 { // the authorization server reads the set again, as in the course of a day
				if err := as.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := decide(t, cfg, token); got != "alice" {
				t.Errorf("step %d: %q", step, got)
			}
		}
	})
}
