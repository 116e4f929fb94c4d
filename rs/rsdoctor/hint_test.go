package rsdoctor_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// withoutHint are the reasons that one lonely token, given to a server that lives for it alone, cannot meet, or for which
// nothing can be done.
var withoutHint = []rs.Reason{
	rs.ReasonNoToken, rs.ReasonOtherScheme, rs.ReasonRepeatedAuthorization, rs.ReasonSeveralMethods, rs.ReasonUnknownUser,
	rs.ReasonApplication, rs.ReasonAudienceNotForRoute, rs.ReasonOverloaded, rs.ReasonTooManyFailures, rs.ReasonCircuitOpen, rs.ReasonClosed, rs.ReasonUnexpected,
	rs.ReasonNotAuthenticated, rs.ReasonUserLookup, rs.ReasonMissingRequirements,
}

func TestEveryReasonHasAHint(t *testing.T) {
	t.Parallel()
	known := make(map[rs.Reason]bool)
	for _, reason := range withoutHint {
		known[reason] = true
	}
	for _, reason := range reasons(t) {
		if hint := rsdoctor.Hint(reason); (hint == "") != known[reason] {
			t.Errorf("the hint for %s is %q: give it one, or list it in withoutHint", reason, hint)
		}
	}
}

// reasons reads the constants of rs from its source: nothing else lists them.
func reasons(t *testing.T) []rs.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../reason.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var all []rs.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, rs.Reason(text))
		}
		return true
	})
	if len(all) < 40 {
		t.Fatalf("only %d reasons found: has rs/reason.go changed its form?", len(all))
	}
	return all
}
