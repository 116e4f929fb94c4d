package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference/rsctl.md anew")

// TestReferenceIsTheHelp: docs/reference/rsctl.md is made of the help texts, by go test ./cmd/rsctl -run Reference -update.
func TestReferenceIsTheHelp(t *testing.T) {
	t.Parallel()
	const path = "../../docs/reference/rsctl.md"
	if *update {
		if err := os.WriteFile(path, []byte(reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != reference() {
		t.Errorf("%s is not what the commands say: run go test ./cmd/rsctl -run Reference -update", path)
	}
}

// reference is the help of every command, as Markdown.
func reference() string {
	var out strings.Builder
	root := newRoot()
	fmt.Fprintf(&out, "# rsctl\n\nMade of the help texts of the commands by `go test ./cmd/rsctl -run Reference -update`: do not edit.\n\n```text\n%s\n```\n", root.Long)
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" {
			continue
		}
		fmt.Fprintf(&out, "\n## rsctl %s\n\n%s.\n\n```text\n%s\n```\n", cmd.Name(), cmd.Short, cmd.Long)
		if flags := strings.TrimRight(cmd.LocalFlags().FlagUsages(), "\n"); flags != "" {
			fmt.Fprintf(&out, "\n```text\n%s\n```\n", flags)
		}
		fmt.Fprintf(&out, "\n```sh\n%s\n```\n", unindent(cmd.Example))
	}
	return out.String()
}

// unindent takes off the two columns by which cobra's examples are indented.
func unindent(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimPrefix(line, "  "))
	}
	return strings.Join(lines, "\n")
}
