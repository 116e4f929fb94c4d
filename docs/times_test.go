package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/jwksendpoint"
	"github.com/gin-lasuite/gin-lasuite/keys"
)

// TestTimesOfRotation: whoever rotates keys waits for as long as the page says, so it says what the code does.
func TestTimesOfRotation(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/how-to/keys-and-rotation.md")
	for _, want := range []string{
		fmt.Sprintf("The caches last %v minutes, the `max-age` of our `/jwks`", jwksendpoint.MaxAge.Minutes()),
		fmt.Sprintf("for %v minutes more (`keys.RetireAfter`)", keys.RetireAfter.Minutes()),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("keys-and-rotation.md does not say %q", want)
		}
	}
}
