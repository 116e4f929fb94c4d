package main

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCommandsInTheDocs: what the documentation tells people to type exists.
func TestCommandsInTheDocs(t *testing.T) {
	t.Parallel()
	root := newRoot()
	block := regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	call := regexp.MustCompile(`(?:^|[ /(])rsctl ([a-z][\w-]*)(.*)`)
	flag := regexp.MustCompile(` --([\w-]+)`)
	seen := 0
	for path, text := range pages(t) {
		for _, b := range block.FindAllStringSubmatch(strings.ReplaceAll(text, "\\\n", ""), -1) {
			for line := range strings.Lines(b[1]) {
				typed, _, _ := strings.Cut(line, " # ")
				found := call.FindStringSubmatch(typed)
				if found == nil {
					continue
				}
				seen++
				cmd, _, err := root.Find([]string{found[1]})
				if err != nil || cmd == root {
					t.Errorf("%s: there is no command rsctl %s", path, found[1])
					continue
				}
				for _, f := range flag.FindAllStringSubmatch(found[2], -1) {
					if f[1] != "help" && cmd.Flags().Lookup(f[1]) == nil {
						t.Errorf("%s: rsctl %s has no --%s", path, found[1], f[1])
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d commands were seen", seen)
	}
}

// pages are the Markdown of the tree, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{"node_modules", "testdata", ".git"}, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".md"):
			return nil
		}
		text, err := fs.ReadFile(tree, path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
