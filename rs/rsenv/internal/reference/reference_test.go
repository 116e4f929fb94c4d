package reference_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/reference"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/spec"
)

const root = "../../../../"

func TestPageIsUpToDate(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(root + "docs/reference/environment.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != reference.Page() {
		t.Error("docs/reference/environment.md is out of date: run go generate ./rs/rsenv")
	}
}

func TestReadmeIsUpToDate(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(root + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, err := reference.InReadme(string(got))
	if err != nil {
		t.Fatalf("README.md: %v", err)
	}
	if string(got) != want {
		t.Error("the table in README.md is out of date: run go generate ./rs/rsenv")
	}
}

func TestPageTellsEverything(t *testing.T) {
	t.Parallel()
	page, table := reference.Page(), reference.Table()
	for _, v := range spec.Table().All() {
		for where, text := range map[string]string{"page": page, "table": table} {
			if n := strings.Count(text, "| `"+v.Name+"` | "); n != 1 {
				t.Errorf("the %s has %d rows for %s, want 1", where, n, v.Name)
			}
		}
	}
	for line := range strings.Lines(page + table) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 4 {
			t.Errorf("not a row of three cells: %s", line)
		}
		if strings.Count(line, "`")%2 != 0 || strings.Contains(line, "'") {
			t.Errorf("code that does not end: %s", line)
		}
	}
}

func TestInReadme(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, readme, want string }{
		{"empty block", "a\n" + reference.Begin + reference.End + "\nb\n", "a\n" + reference.Begin + "\n" + reference.Table() + reference.End + "\nb\n"},
		{"old table", reference.Begin + "\nold\n" + reference.End, reference.Begin + "\n" + reference.Table() + reference.End},
		{"no markers", "a", ""},
		{"no end", reference.Begin, ""},
		{"other order", reference.End + reference.Begin, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := reference.InReadme(test.readme)
			if got != test.want || errors.Is(err, reference.ErrNoMarkers) != (test.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page, readme := filepath.Join(dir, "page.md"), filepath.Join(dir, "README.md")
	marked := "a\n" + reference.Begin + "\n" + reference.End + "\nb\n"
	for _, test := range []struct{ name, readme, log string }{
		{"no markers", "a\n", "reference: " + readme + " left alone: " + reference.ErrNoMarkers.Error() + "\n"},
		{"markers", marked, ""},
	} {
		if err := os.WriteFile(readme, []byte(test.readme), 0o600); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		if err := reference.Update(page, readme, &log); err != nil || log.String() != test.log {
			t.Errorf("%s: got %v and the log %q, want the log %q", test.name, err, log.String(), test.log)
		}
		want, err := reference.InReadme(test.readme)
		if err != nil {
			want = test.readme
		}
		if got, _ := os.ReadFile(readme); string(got) != want {
			t.Errorf("%s: README is %q, want %q", test.name, got, want)
		}
		if got, _ := os.ReadFile(page); string(got) != reference.Page() {
			t.Errorf("%s: the page was not written", test.name)
		}
	}
	for name, paths := range map[string][2]string{"page": {dir, readme}, "readme": {page, dir}} {
		if err := reference.Update(paths[0], paths[1], t.Output()); err == nil {
			t.Errorf("a %s that is a directory: no error", name)
		}
	}
	if err := reference.Update(page, filepath.Join(dir, "none"), t.Output()); err != nil {
		t.Errorf("no README: got %v, want it left alone", err)
	}
}
