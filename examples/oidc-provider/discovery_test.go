package main_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestDiscovery: what oidc-provider says about itself is enough.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		p := newParties(t)
		as := p.start(t, version, "")
		token := mint(t, as)
		t.Run("wrong issuer", func(t *testing.T) {
			t.Parallel()
			cfg := p.config(as, "post")
			cfg.Issuer += "/"
			if got := decide(t, cfg, token); got != string(rs.ReasonMetadataIssuer) {
				t.Errorf("got %q", got)
			}
		})
		t.Run("fail fast", func(t *testing.T) {
			t.Parallel()
			s, err := rs.New(p.config(as, "key-jwt encrypted"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing is under way
			if err := s.Ready(); err == nil {
				t.Error("ready before anything is known")
			}
			if err := s.Discover(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Ready(); err != nil {
				t.Error(err)
			}
		})
	})
}

// TestDiscoveryInside: the world knows the server by an address that nobody can reach from here. Tokens, metadata and answers
// name that address; we call another one.
func TestDiscoveryInside(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		for _, issuer := range []string{"https://auth.example/api/v2", "https://auth.example/another/path", "http://localhost:1/api/v2"} {
			t.Run(strings.ReplaceAll(issuer, "/", "_"), func(t *testing.T) {
				t.Parallel()
				p := newParties(t)
				as := p.start(t, version, issuer)
				token := mint(t, as)
				for _, id := range []string{"post", "key-jwt encrypted", "tls"} {
					cfg := p.config(as, id)
					cfg.InternalURL = strings.TrimSuffix(as.IntrospectionEndpoint, "/token/introspection")
					if got := decide(t, cfg, token); got != "alice" {
						t.Errorf("%s: %q", id, got)
					}
				}
			})
		}
	})
}

// TestAuthorizationServerComesLater: the service starts first, says that it is not ready, and needs no restart.
func TestAuthorizationServerComesLater(t *testing.T) {
	t.Parallel()
	requireNode(t)
	p := newParties(t)
	as := p.start(t, "9", "")
	as.Stop()
	cfg := p.config(as, "post")
	now := time.Now()
	cfg.Now = func() time.Time { return now }
	s, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // nothing is under way
	if err := s.Discover(t.Context()); rs.AsError(err).Reason != rs.ReasonMetadataUnavailable {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Authenticate(t.Context(), "token"); rs.AsError(err).Kind != rs.ErrUnavailable {
		t.Errorf("got %v", err)
	}
	if err := s.Ready(); err == nil {
		t.Error("ready without an authorization server")
	}
	as, err = authserver.Start(t.Context(), authserver.Options{Version: "9", Clients: p.registrations, Port: as.Port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(as.Stop)
	now = now.Add(2 * time.Second)
	if err := s.Discover(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Ready(); err != nil {
		t.Error(err)
	}
}
