package keys_test

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const jwxModule = "github.com/lestrrat-go/"

// sources parses the package's own files, without tests.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(fset, name, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return fset, files
}

// jwx is deprecated, so that leaving it must stay a change of one file.
func TestOnlyOneFileKnowsJWX(t *testing.T) {
	t.Parallel()
	_, files := sources(t)
	for name, file := range files {
		for _, spec := range file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if strings.HasPrefix(path, jwxModule) && name != "jwx.go" {
				t.Errorf("%s imports %s", name, path)
			}
			if strings.HasPrefix(path, "github.com/gin-lasuite/") {
				t.Errorf("%s imports %s: keys stands alone", name, path)
			}
		}
	}
	// Of all that jwx offers, this is what is used.
	allowed := []string{"jwa.SignatureAlgorithm", "jws.NewVerifier"}
	ast.Inspect(files["jwx.go"], func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && slices.Contains([]string{"jwa", "jwe", "jws", "jwk", "jwt", "x25519"}, x.Name) {
				if used := x.Name + "." + selector.Sel.Name; !slices.Contains(allowed, used) {
					t.Errorf("jwx.go uses %s", used)
				}
			}
		}
		return true
	})
}

// No exported name has a type of jwx anywhere in its signature.
func TestNoJWXTypeIsExported(t *testing.T) {
	t.Parallel()
	fset, files := sources(t)
	list := make([]*ast.File, 0, len(files))
	for name, file := range files {
		if here, err := build.Default.MatchFile(".", name); here && err == nil {
			list = append(list, file)
		}
	}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", exportData(t))}
	pkg, err := config.Check("github.com/gin-lasuite/gin-lasuite/keys", fset, list, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		signatures := []string{types.ObjectString(object, nil)}
		for method := range types.NewMethodSet(types.NewPointer(object.Type())).Methods() {
			if method.Obj().Exported() {
				signatures = append(signatures, types.ObjectString(method.Obj(), nil))
			}
		}
		for _, signature := range signatures {
			if strings.Contains(signature, jwxModule) {
				t.Errorf("exported: %s", signature)
			}
		}
	}
}

// exportData finds the compiler's export data of our dependencies.
func exportData(t *testing.T) func(path string) (io.ReadCloser, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		exports[path] = file
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
}
