package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	long    = 300 // lines: worth a look
	tooLong = 400 // lines: more than one idea
)

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".go") {
		lines := strings.Count(read(t, path), "\n")
		switch {
		case strings.HasSuffix(path, "_test.go"):
		case lines > tooLong:
			t.Errorf("%s has %d lines: more than %d is more than one idea", path, lines, tooLong)
		case lines > long:
			t.Logf("%s has %d lines: is it one idea?", path, lines)
		}
	}
}

// TestNoSleepOnARealClock: in a synctest bubble time.Sleep costs nothing and is exact; elsewhere it makes tests slow, or
// fail now and then, or both. Which sleeps are inside one is for review to see; here, whether a package's tests have any.
func TestNoSleepOnARealClock(t *testing.T) {
	t.Parallel()
	bubbles := map[string]bool{}
	for _, path := range files(t, "_test.go") {
		if strings.Contains(read(t, path), `"testing/synctest"`) {
			bubbles[filepath.Dir(path)] = true
		}
	}
	for _, path := range files(t, "_test.go") {
		if strings.Contains(read(t, path), "time.Sleep"+"(") && !bubbles[filepath.Dir(path)] {
			t.Errorf("%s sleeps outside testing/synctest: wait for what it waits for", path)
		}
	}
}

// TestUnsafeIsInOneFile: it says why it is safe, and is short enough to be checked by reading.
func TestUnsafeIsInOneFile(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".go") {
		if filepath.ToSlash(path) == "../../../rs/block.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range file.Imports {
			if imported.Path.Value == `"unsafe"` {
				t.Errorf("%s imports unsafe: only rs/block.go may", path)
			}
		}
	}
}

// TestNoKeyFiles: private keys are made in tests, or lie in testdata.
func TestNoKeyFiles(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{".pem", ".key", ".p8", ".p12", ".jwk", ".jwks"} {
		for _, path := range files(t, suffix) {
			t.Errorf("%s: key files belong in testdata, and better nowhere", path)
		}
	}
}

// TestExportedNamesHideJWX: a type of jwx in a signature of keys would make its next version a break of ours. As keys alone
// imports jwx, no other package has to be looked at.
func TestExportedNamesHideJWX(t *testing.T) {
	t.Parallel()
	for _, path := range files(t, ".go") {
		if filepath.Base(filepath.Dir(path)) != "keys" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		names := jwxNames(file)
		for _, decl := range file.Decls {
			if name, found := exposes(decl, names); found {
				t.Errorf("%s: exported %s mentions jwx", path, name)
			}
		}
	}
}

// jwxNames is what a file calls the packages of jwx.
func jwxNames(file *ast.File) []string {
	var names []string
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		switch {
		case !below(path, jwx):
		case spec.Name != nil:
			names = append(names, spec.Name.Name)
		default:
			names = append(names, path[strings.LastIndexByte(path, '/')+1:])
		}
	}
	return names
}

// exposes finds an exported name whose declaration, bodies of functions aside, mentions one of the packages.
func exposes(decl ast.Decl, packages []string) (name string, found bool) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return d.Name.Name, d.Name.IsExported() && (mentions(d.Type, packages) || d.Recv != nil && mentions(d.Recv, packages))
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && mentions(exportedPart(s.Type), packages) {
					return s.Name.Name, true
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && mentions(s, packages) {
					return s.Names[0].Name, true
				}
			}
		}
	}
	return "", false
}

// exportedPart is a type without the private fields of a struct.
func exportedPart(expr ast.Expr) ast.Node {
	s, ok := expr.(*ast.StructType)
	if !ok {
		return expr
	}
	public := &ast.FieldList{}
	for _, field := range s.Fields.List {
		private := func(name *ast.Ident) bool { return !name.IsExported() }
		if len(field.Names) == 0 || !slices.ContainsFunc(field.Names, private) {
			public.List = append(public.List, field)
		}
	}
	return public
}

func mentions(node ast.Node, packages []string) bool {
	found := false
	ast.Inspect(node, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && slices.Contains(packages, x.Name) {
				found = true
			}
		}
		return !found
	})
	return found
}
