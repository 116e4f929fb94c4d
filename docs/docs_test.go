// Package docs_test keeps the documentation true: links lead somewhere, Go in Markdown stands in a file that compiles, and what
// is listed exists.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const top = ".."

// files is every file of the tree whose name ends in suffix, by its path from the root.
func files(t *testing.T, suffix string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(top), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", "testdata", ".git"}, entry.Name()) {
			return fs.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(path, suffix) {
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
	content, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Join(top, filepath.FromSlash(path)))
	return err == nil
}

// lines are the lines of a text without the space around them, which depends on where they stand.
func lines(text string) []string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// containsRun says whether part stands in whole as it is.
func containsRun(whole, part []string) bool {
	for i := range len(whole) - len(part) + 1 {
		if slices.Equal(whole[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// goBlock is a block of Go, and the line above it.
var goBlock = regexp.MustCompile("(?ms)^([^\n]*)\n```go\n(.*?)^```")

// TestGoInMarkdownCompiles: the line above each block names a file that is compiled with the rest and holds the same lines.
func TestGoInMarkdownCompiles(t *testing.T) {
	t.Parallel()
	origin := regexp.MustCompile(`^<!-- from: (\S+\.go) -->$`)
	for _, doc := range files(t, ".md") {
		for _, block := range goBlock.FindAllStringSubmatch(read(t, doc), -1) {
			code := lines(block[2])
			named := origin.FindStringSubmatch(block[1])
			switch {
			case named == nil:
				t.Errorf("%s: the block that begins with %q has no line <!-- from: path/to/file.go --> above it", doc, code[0])
			case !exists(named[1]):
				t.Errorf("%s: there is no %s", doc, named[1])
			case !containsRun(lines(read(t, named[1])), code):
				t.Errorf("%s: the block that begins with %q does not stand in %s as it is", doc, code[0], named[1])
			}
		}
	}
}

// TestEveryDecisionIsListed compares docs/adr with its index.
func TestEveryDecisionIsListed(t *testing.T) {
	t.Parallel()
	index := read(t, "docs/adr/README.md")
	for _, path := range files(t, ".md") {
		dir, name := filepath.Split(path)
		if dir == "docs/adr/" && name != "README.md" && !strings.Contains(index, "("+name+")") {
			t.Errorf("docs/adr/README.md does not list %s", name)
		}
	}
}
