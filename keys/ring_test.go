package keys_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

// newRing reads its keys from file, whatever is in it by then.
func newRing(t *testing.T, file *string) *keys.Ring {
	t.Helper()
	ring, err := keys.NewRing(func() ([]byte, error) { return []byte(*file), nil }, "ECDH-ES", "A256GCM", nil)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// ringPEM is a new EC key.
func ringPEM(t *testing.T) string {
	t.Helper()
	pem, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem)
}

// sealToFirst encrypts to the first key that jwks publishes.
func sealToFirst(t *testing.T, jwks []byte, header map[string]any) []byte {
	t.Helper()
	e, err := keys.NewEncrypter(jwks, "ECDH-ES", "A256GCM")
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := e.Encrypt([]byte("plaintext"), header)
	if err != nil {
		t.Fatal(err)
	}
	return jwe
}

func TestRingRotation(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	first, second := ringPEM(t), ringPEM(t)
	file, loadErr := first, error(nil)
	ring, err := keys.NewRing(func() ([]byte, error) { return []byte(file), loadErr }, "ECDH-ES", "A256GCM", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	states := func() (names []string) {
		for _, s := range ring.States() {
			names = append(names, s.State)
		}
		return names
	}
	opens := func(jwe []byte) bool {
		plaintext, err := ring.Decrypt(jwe)
		return err == nil && string(plaintext) == "plaintext"
	}
	toFirst, toFirstUnnamed := sealToFirst(t, ring.PublicJWKS(), nil), sealToFirst(t, ring.PublicJWKS(), map[string]any{"kid": nil})
	firstID := ring.KeyIDs()[0]

	file = first + second // the next key is published behind the current one
	if err := ring.Reload(); err != nil || !slices.Equal(states(), []string{"current", "next"}) || ring.KeyIDs()[0] != firstID {
		t.Fatal(err, ring.States())
	}
	file = second + first
	if err := ring.Reload(); err != nil || ring.KeyIDs()[0] == firstID || !opens(toFirst) {
		t.Fatal(err, ring.States())
	}
	file = second
	if err := ring.Reload(); err != nil || !slices.Equal(states(), []string{"current", "retiring"}) || ring.States()[1].KeyID != firstID {
		t.Fatal(err, ring.States())
	}
	if strings.Contains(string(ring.PublicJWKS()), firstID) || ring.Type() != "EC" {
		t.Error("a retiring key is still published")
	}

	file = "no key" // a bad file changes nothing and is told
	if err := ring.Reload(); err == nil || !strings.Contains(err.Error(), "kept") {
		t.Errorf("a bad key file: %v", err)
	}
	loadErr = errors.New("permission denied")
	if err := ring.Reload(); !errors.Is(err, loadErr) {
		t.Errorf("an unreadable key file: %v", err)
	}

	toSecond := sealToFirst(t, ring.PublicJWKS(), nil)
	now = now.Add(keys.RetireAfter - 1)
	if !opens(toFirst) || !opens(toFirstUnnamed) || !opens(toSecond) {
		t.Error("a retiring key does not decrypt")
	}
	now = now.Add(1)
	if opens(toFirst) || opens(toFirstUnnamed) || !opens(toSecond) || !slices.Equal(states(), []string{"current"}) {
		t.Error("a retired key still decrypts", ring.States())
	}
	loadErr, file = nil, second
	if err := ring.Reload(); err != nil || !slices.Equal(states(), []string{"current"}) {
		t.Error(err, ring.States())
	}
	file = first
	if err := ring.Reload(); err != nil {
		t.Fatal(err)
	}
	elsewhere := sealToFirst(t, must(keys.Parse([]byte(ringPEM(t)), "ECDH-ES", "A256GCM")).PublicJWKS(), nil)
	if plaintext, err := ring.Decrypt(elsewhere); plaintext != nil || !errors.Is(err, keys.ErrUnknownKey) {
		t.Errorf("to nobody's key, with one retiring: got %q, %v", plaintext, err)
	}
	if _, err := ring.Decrypt([]byte("no JWE")); !errors.Is(err, keys.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestNewRingRefuses(t *testing.T) {
	t.Parallel()
	if got := (*keys.Ring)(nil).PublicJWKS(); got != nil {
		t.Errorf("a nil Ring publishes %s", got)
	}
	for _, load := range []func() ([]byte, error){
		func() ([]byte, error) { return nil, errors.New("no file") },
		func() ([]byte, error) { return []byte("no key"), nil },
	} {
		if ring, err := keys.NewRing(load, "ECDH-ES", "A256GCM", nil); err == nil || ring != nil {
			t.Errorf("got %v, %v", ring, err)
		}
	}
}

func TestRingIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	a, b := ringPEM(t), ringPEM(t)
	var mu sync.Mutex
	n := 0
	ring, err := keys.NewRing(func() ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		n++
		return []byte([]string{a, b}[n%2]), nil
	}, "ECDH-ES", "A256GCM", nil)
	if err != nil {
		t.Fatal(err)
	}
	jwe := sealToFirst(t, ring.PublicJWKS(), nil)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				if err := ring.Reload(); err != nil {
					t.Error(err)
				}
				if _, err := ring.Decrypt(jwe); err != nil {
					t.Error(err)
				}
				_, _ = ring.PublicJWKS(), ring.States()
			}
		})
	}
	all.Wait()
}

// An authorization server reads our set at most MaxAge late, or a minute: no
// key may be dropped before.
func TestRetiringOutlivesThePublishedSet(t *testing.T) {
	t.Parallel()
	if keys.RetireAfter < 2*max(jwksendpoint.MaxAge, time.Minute) {
		t.Errorf("RetireAfter %v is too short for a max-age of %v", keys.RetireAfter, jwksendpoint.MaxAge)
	}
}

// TestRetiringAcrossKinds: a rotation may change the curve or the size, and then a message without a kid does not even look
// like one for the new key.
func TestRetiringAcrossKinds(t *testing.T) {
	t.Parallel()
	file := ringPEM(t)
	ring := newRing(t, &file)
	unnamed := sealToFirst(t, ring.PublicJWKS(), map[string]any{"kid": nil})
	other, err := keys.GenerateSigning("ES384")
	if err != nil {
		t.Fatal(err)
	}
	file = string(other)
	if err := ring.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Decrypt(unnamed); err != nil {
		t.Errorf("a message to the retiring key: %v", err)
	}
	if _, err := ring.Decrypt(sealToFirst(t, ring.PublicJWKS(), map[string]any{"kid": nil})); err != nil {
		t.Errorf("a message to the new key: %v", err)
	}
}

// TestRotationsInQuickSuccession: a key retires when its time has come, and not when the next one does.
func TestRotationsInQuickSuccession(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var file string
	load := func() ([]byte, error) { file = ringPEM(t); return []byte(file), nil }
	ring, err := keys.NewRing(load, "ECDH-ES", "A256GCM", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	opens := func(jwe []byte) bool {
		plaintext, err := ring.Decrypt(jwe)
		return err == nil && string(plaintext) == "plaintext"
	}
	rotate := func() []byte {
		before := sealToFirst(t, ring.PublicJWKS(), nil)
		now = now.Add(keys.RetireAfter / 3)
		if err := ring.Reload(); err != nil {
			t.Fatal(err)
		}
		return before
	}
	begin := now
	toFirst, toSecond := rotate(), rotate()
	states := ring.States()
	if len(states) != 3 || !states[0].Until.IsZero() || !states[1].Until.Equal(begin.Add(keys.RetireAfter/3*5)) || !states[2].Until.Equal(begin.Add(keys.RetireAfter/3*4)) {
		t.Errorf("states %v", states)
	}
	if !opens(toFirst) || !opens(toSecond) {
		t.Error("a key that was replaced, and then another: its messages do not open")
	}
	now = begin.Add(keys.RetireAfter / 3 * 4)
	if opens(toFirst) || !opens(toSecond) {
		t.Error("the first key retired with the second, or not at all")
	}
	if rotate(); keys.Retiring(ring) != 1 {
		t.Errorf("%d keys are tried beside the one in the file", keys.Retiring(ring))
	}
}

// TestReloadsOfTheSameKeysCostNothing: nothing retires that is still in the file, or more than once, so a message that cannot
// be opened is not tried with the same key again for every reload.
func TestReloadsOfTheSameKeysCostNothing(t *testing.T) {
	t.Parallel()
	first, second := ringPEM(t), ringPEM(t)
	file := first
	ring := newRing(t, &file)
	toFirst := sealToFirst(t, ring.PublicJWKS(), map[string]any{"kid": nil})
	for range 5 {
		for _, text := range []string{first + second, second + first, second, second, second + first, first} {
			file = text
			if err := ring.Reload(); err != nil {
				t.Fatal(err)
			}
		}
	}
	file = second
	if err := ring.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Decrypt(toFirst); err != nil {
		t.Errorf("the retiring key: %v", err)
	}
	if got := keys.Retiring(ring); got != 1 {
		t.Errorf("%d keys are tried beside those in the file, want one", got)
	}
}

// TestRetiringIsKeyAndID: a key under another id, and another key under its id, are other keys: what was encrypted before still opens.
func TestRetiringIsKeyAndID(t *testing.T) {
	t.Parallel()
	key, other := privateEC(), privateEC()
	named := func(key map[string]any, kid string) string {
		return string(text(with(key, map[string]any{"kid": kid})))
	}
	for name, next := range map[string]string{"renamed": named(key, "b"), "replaced": named(other, "a")} {
		file := named(key, "a")
		ring := newRing(t, &file)
		before := sealToFirst(t, ring.PublicJWKS(), nil)
		file = next
		if err := ring.Reload(); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"renamed": 2, "replaced": 1}[name]; len(ring.States()) != want { // each id once
			t.Errorf("%s: %v", name, ring.States())
		}
		for when, jwe := range map[string][]byte{"before": before, "after": sealToFirst(t, ring.PublicJWKS(), nil)} {
			if _, err := ring.Decrypt(jwe); err != nil {
				t.Errorf("%s: a message from %s: %v", name, when, err)
			}
		}
	}
}
