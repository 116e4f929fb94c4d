package keys_test

import (
	"sync"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// TestReloadsAreOneAtATime: of two, the later one must win, whichever has read first. The count is of no use to two at once, which the race
// detector sees whatever their order.
func TestReloadsAreOneAtATime(t *testing.T) {
	t.Parallel()
	signing, decryption := es256PEM(), []byte(ringPEM(t))
	loads := 0
	load := func(file []byte) func() ([]byte, error) {
		return func() ([]byte, error) { loads++; return file, nil }
	}
	for name, ring := range map[string]interface{ Reload() error }{
		"Ring":       must(keys.NewRing(load(decryption), "ECDH-ES", "A256GCM", nil)),
		"SignerRing": must(keys.NewSignerRing(load(signing), "ES256")),
	} {
		loads = 0
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := ring.Reload(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		if loads != 4 {
			t.Errorf("%s: %d loads, want 4", name, loads)
		}
	}
}
