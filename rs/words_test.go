package rs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestClosedSets: Reasons, Ops and CacheStatuses have every constant of their types once, in the order of the source.
func TestClosedSets(t *testing.T) {
	t.Parallel()
	if got, want := texts(rs.Reasons()), constants(t, "reason.go", "Reason"); !slices.Equal(got, want) {
		t.Errorf("Reasons() is\n%q, want\n%q", got, want)
	}
	if got, want := texts(rs.Ops()), constants(t, "observe.go", "Op"); !slices.Equal(got, want) {
		t.Errorf("Ops() is\n%q, want\n%q", got, want)
	}
	if got, want := texts(rs.CacheStatuses()), constants(t, "observe.go", "CacheStatus"); !slices.Equal(got, want) {
		t.Errorf("CacheStatuses() is\n%q, want\n%q", got, want)
	}
}

// A caller may change what it is given.
func TestClosedSetsAreCopies(t *testing.T) {
	t.Parallel()
	rs.Reasons()[0], rs.Ops()[0], rs.CacheStatuses()[0] = "", "", ""
	if rs.Reasons()[0] == "" || rs.Ops()[0] == "" || rs.CacheStatuses()[0] == "" {
		t.Error("what one caller changes, the next one gets")
	}
}

func texts[T ~string](words []T) (all []string) {
	for _, word := range words {
		all = append(all, string(word))
	}
	return all
}

// constants are the values of the constants of a type in a file of this folder.
func constants(t *testing.T, path, typ string) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typ {
			for _, value := range spec.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
		}
		return true
	})
	return values
}
