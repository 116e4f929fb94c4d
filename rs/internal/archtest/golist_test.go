package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// top is the root of the tree, as seen from this test.
const top = "../../.."

// pkg is what "go list -json" says about a package.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// folder is the package's place in its module's tree, with slashes.
func (p pkg) folder() string { return strings.TrimPrefix(p.ImportPath, root+"/") }

// list is every package of the module in dir.
func list(t *testing.T, dir string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list in %s: %v\n%s", dir, err, complaints.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list in %s: %v", dir, err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatalf("go list in %s: no packages\n%s", dir, complaints.String())
	}
	return all
}

// modules is the folder of every go.mod in the tree.
func modules(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, path := range files(t, "go.mod") {
		found = append(found, filepath.Dir(path))
	}
	return found
}

// files is every file of the tree whose name ends in suffix.
func files(t *testing.T, suffix string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), suffix) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
