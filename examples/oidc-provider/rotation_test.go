package main_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/authserver"
	"github.com/gin-lasuite/gin-lasuite/examples/oidc-provider/internal/service"
)

// TestAuthorizationServerRotates: the first answer under a new key is good, whether or not the old key is still
// published, and without waiting for the JWK Set to get old.
func TestAuthorizationServerRotates(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		for _, overlap := range []bool{true, false} {
			t.Run(fmt.Sprintf("overlap=%t", overlap), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, version, service.Modes...)
				wish := authserver.Wish{Subject: "alice", Scope: "groups"}
				before, after := w.mint(t, wish), w.mint(t, wish)
				for _, g := range w.services {
					g.expect(t, whoami, before, accepted("alice"))
				}
				w.rotate(t, overlap)
				for _, g := range w.services {
					g.expect(t, whoami, after, accepted("alice"))
					g.expect(t, whoami, before, accepted("alice"))
					g.expect(t, whoami, "unknown", invalidToken)
				}
			})
		}
	})
}

// rotate changes the authorization server's signing key, and looks whether it really did.
func (w *world) rotate(t *testing.T, overlap bool) {
	t.Helper()
	before := w.publishedKeys(t)
	kid, err := w.as.RotateKeys(t.Context(), overlap)
	if err != nil {
		t.Fatal(err)
	}
	after := w.publishedKeys(t)
	kept := !slices.ContainsFunc(before, func(old string) bool { return !slices.Contains(after, old) })
	if slices.Contains(before, kid) || !slices.Contains(after, kid) || kept != overlap {
		t.Fatalf("keys of the authorization server: %v, then %v, with the new one %q", before, after, kid)
	}
}

func (w *world) publishedKeys(t *testing.T) []string {
	t.Helper()
	kids, err := w.as.PublishedKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return kids
}

// TestWeRotate is our own rotation as the documentation tells it: the new key is published first, and the old one is
// kept for what the authorization server still encrypts to it.
func TestWeRotate(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		w := newWorld(t, version, encrypted()...)
		w.forEachMode(t, func(t *testing.T, g *gateway) { testWeRotate(t, w, g) })
	})
}

func testWeRotate(t *testing.T, w *world, g *gateway) {
	good := func(wantKid string) {
		t.Helper()
		g.expect(t, whoami, w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups"}), accepted("alice"))
		if kid := g.keys.usedLast(t); kid != wantKid {
			t.Errorf("the answer was encrypted to %q, want %q", kid, wantKid)
		}
	}
	oldPEM, newPEM := newKey(t, g.mode.KeyType), newKey(t, g.mode.KeyType)
	g.configure(t, g.cfg, newKeyring(t, g.mode, oldPEM))
	oldKid := g.keys.KeyIDs()[0]
	good(oldKid)

	g.configure(t, g.cfg, newKeyring(t, g.mode, newPEM, oldPEM))
	kids := g.keys.KeyIDs()
	newKid := kids[0]
	if want := []string{newKid, oldKid}; !slices.Equal(kids, want) || newKid == oldKid {
		t.Fatalf("published keys: %v, want a new one and then %q", kids, oldKid)
	}
	good(oldKid) // the authorization server keeps our JWK Set for a minute at least

	w.restart(t) // the minute has passed
	good(newKid)

	g.configure(t, g.cfg, newKeyring(t, g.mode, newPEM)) // nobody uses the old key any more
	good(newKid)
}

// TestOldKeyDroppedTooSoon is the mistake that the rotation above avoids. It is ours, not the caller's: no 401.
func TestOldKeyDroppedTooSoon(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		w := newWorld(t, version, encrypted()...)
		w.forEachMode(t, func(t *testing.T, g *gateway) {
			wish := authserver.Wish{Subject: "alice", Scope: "groups"}
			g.expect(t, whoami, w.mint(t, wish), accepted("alice"))
			g.configure(t, g.cfg, newKeyring(t, g.mode, newKey(t, g.mode.KeyType)))
			g.expect(t, whoami, w.mint(t, wish), unavailable)
		})
	})
}

// TestX25519 is the third type of key that we can publish (RFC 8037 section 3.2).
func TestX25519(t *testing.T) {
	t.Parallel()
	forEachVersion(t, func(t *testing.T, version string) {
		i := slices.IndexFunc(service.Modes, func(m service.Mode) bool { return m.EncryptionAlg == "ECDH-ES" })
		mode := service.Modes[i]
		mode.KeyType = "OKP"
		w := newWorld(t, version, mode)
		g := w.services[mode.Client]
		g.expect(t, whoami, w.mint(t, authserver.Wish{Subject: "alice", Scope: "groups"}), accepted("alice"))
		if got, want := g.keys.usedLast(t), g.keys.KeyIDs()[0]; got != want {
			t.Errorf("the answer was encrypted to %q, want %q", got, want)
		}
	})
}
