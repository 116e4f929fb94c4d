package main_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
)

// versions of oidc-provider: the newest, and the one that ProConnect pins.
var versions = []string{"9", "7"}

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// findNode and install run Node and npm, once for all tests.
var (
	findNode = sync.OnceValue(func() error { return authserver.FindNode(context.Background()) })
	install  = sync.OnceValue(func() error { return authserver.Install(context.Background(), ".") })
)

// requireNode skips where there is no Node, loudly, and fails where a skip would hide that nothing was tested.
func requireNode(t *testing.T) {
	t.Helper()
	if err := findNode(); err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("REQUIRE_NODE") == "1" {
			t.Fatalf("the end-to-end test must not be skipped here: %v", err)
		}
		fmt.Fprintf(os.Stderr, "\n*** SKIPPED %s: no real authorization server was tried.\n*** %v\n\n", t.Name(), err)
		t.Skip(err)
	}
	if err := install(); err != nil {
		t.Fatal(err)
	}
}

// forEachVersion runs test against every version of oidc-provider.
func forEachVersion(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	requireNode(t)
	for _, version := range versions {
		t.Run("v"+version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// patience is how long an answer may take, on a machine that is busy.
const patience = time.Minute

// world is an authorization server with one Gin service for each mode, ours behind the jwks_uri it was told.
type world struct {
	as       *authserver.Server
	services map[string]*gateway // by client id
}

// newWorld starts an authorization server, and a service for each mode.
func newWorld(t *testing.T, version string, modes ...service.Mode) *world {
	t.Helper()
	w := &world{services: map[string]*gateway{}}
	uris := map[string]string{}
	for _, mode := range modes {
		g := newGateway(t, mode)
		w.services[mode.Client] = g
		uris[mode.Client] = g.url + "/jwks"
	}
	as, err := authserver.Start(t.Context(), authserver.Options{Version: version, JWKSURIs: uris, Port: reservePort(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		as.Stop()
		if t.Failed() {
			t.Logf("standard error of oidc-provider %s:\n%s", version, as.Stderr())
		}
	})
	w.as = as
	for _, g := range w.services {
		cfg := g.mode.Config(as)
		cfg.Timeout = patience
		g.configure(t, cfg, newKeyring(t, g.mode, usualKey(t, g.mode.KeyType)))
	}
	return w
}

// mint is a token that the test goes on with.
func (w *world) mint(t *testing.T, wish authserver.Wish) string {
	t.Helper()
	token, err := w.as.Mint(t.Context(), wish)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// revoke ends a token the regular way.
func (w *world) revoke(t *testing.T, token string) {
	t.Helper()
	if err := w.as.Revoke(t.Context(), token); err != nil {
		t.Fatal(err)
	}
}

// restart makes the authorization server forget our keys, as the passing of a minute would.
func (w *world) restart(t *testing.T) {
	t.Helper()
	if err := w.as.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// forEachMode runs test for every service, one after the other: a restart of the server concerns them all.
func (w *world) forEachMode(t *testing.T, test func(t *testing.T, g *gateway)) {
	t.Helper()
	for client, g := range w.services {
		t.Run(client, func(t *testing.T) { test(t, g) })
	}
}

// encrypted are the modes that take a private key of ours.
func encrypted() []service.Mode {
	return slices.DeleteFunc(slices.Clone(service.Modes), func(m service.Mode) bool { return m.EncryptionAlg == "" })
}
