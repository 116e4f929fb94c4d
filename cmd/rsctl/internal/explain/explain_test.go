package explain_test

import (
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/explain"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

func TestTokenReportsABadConfiguration(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := explain.Token(t.Context(), rs.Config{}, "token", show.New(&out))
	if len(rs.FieldErrors(err)) == 0 || out.Len() > 0 {
		t.Errorf("Token: %v, wrote %q; want the errors of the fields, and nothing written", err, out.String())
	}
}
