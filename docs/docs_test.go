// Package docs_test keeps the documentation true: links lead somewhere, Go in Markdown stands in a file that compiles, and what
// is listed exists.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const top = ".."

var itoa = strconv.Itoa

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

// walked are the pages that a test follows to the letter: their blocks are files to write, commands to run, and what the commands
// print. Each block that is none of these has a comment above it that says so.
//
//	<!-- file: NAME -->            the block is a file
//	<!-- example: registration --> the block is the file clients.json
//	<!-- replaces: NAME: LINE -->  the block takes the place of that line of the file
//	<!-- terminal: NAME -->        the commands go on running, in a terminal of their own
//	<!-- fails -->                 the last command exits with an error
//	<!-- not run: WHY -->          nobody runs the block
//	<!-- prints: NAME -->          the block is what is printed in that terminal next
//	<!-- stop: NAME -->            Ctrl-C in that terminal; above no block
//	<!-- needs: rsctl -->          the program is installed; above no block
//
// A block of text behind commands is what they print: "…" stands for anything in a line, and alone in a line for any lines.
var walked = []string{"docs/tutorial.md", "docs/how-to/development-server.md", "docs/how-to/jwt-access-tokens.md", "docs/how-to/keys-and-rotation.md", "docs/how-to/proconnect.md", "docs/how-to/userinfo.md"}

// goBlock is a block of Go, and the line above it.
var goBlock = regexp.MustCompile("(?ms)^([^\n]*)\n```go\n(.*?)^```")

// TestGoInMarkdownCompiles: the line above each block names a file that is compiled with the rest and holds the same lines.
func TestGoInMarkdownCompiles(t *testing.T) {
	t.Parallel()
	origin := regexp.MustCompile(`^<!-- from: (\S+\.go) -->$`)
	written := regexp.MustCompile(`^<!-- (?:file|replaces): .* -->$`)
	for _, doc := range files(t, ".md") {
		for _, block := range goBlock.FindAllStringSubmatch(read(t, doc), -1) {
			code := lines(block[2])
			named := origin.FindStringSubmatch(block[1])
			switch {
			case slices.Contains(walked, doc) && written.MatchString(block[1]): // TestPagesAreTrue compiles and runs it
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
