package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// otherBlock is a block in a language other than Go, and the line above it.
var otherBlock = regexp.MustCompile("(?ms)^<!-- from: (\\S+) -->\n```[a-z]+\n(.*?)^```")

// TestFilesInMarkdownAreWhole: a block that names a file which is not Go is that file, and the file is tested elsewhere.
func TestFilesInMarkdownAreWhole(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, doc := range files(t, ".md") {
		for _, block := range otherBlock.FindAllStringSubmatch(read(t, doc), -1) {
			if strings.HasSuffix(block[1], ".go") {
				continue
			}
			seen = append(seen, block[1])
			if read(t, block[1]) != block[2] {
				t.Errorf("%s: the block is not %s as it is", doc, block[1])
			}
		}
	}
	if !slices.Contains(seen, "examples/forward-auth/nginx.conf") {
		t.Error("no document shows examples/forward-auth/nginx.conf")
	}
}

// TestRegistryInMarkdown: the registry of the how-to is the one of the program, whose own test reads it.
func TestRegistryInMarkdown(t *testing.T) {
	t.Parallel()
	shown := regexp.MustCompile("(?s)<!-- example: registration -->\n```json\n(.*?)```").FindStringSubmatch(read(t, "docs/how-to/development-server.md"))
	if shown == nil || !strings.Contains(read(t, "cmd/rsctl/internal/registration/file.go"), "`"+shown[1]+"`") {
		t.Error("development-server.md does not show registration.Example as it is")
	}
}
