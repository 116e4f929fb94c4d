package show_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
)

func TestPrinter(t *testing.T) {
	t.Parallel()
	var w strings.Builder
	p := show.New(&w)
	p.Line(show.Bad, "%d%%", 100)
	p.Text(show.Good, "é: ", strings.Repeat("word ", 25))
	p.Text(show.Plain, "", "")
	p.Text(show.Plain, "- ", strings.Repeat("x", 120)+" y")
	want := "100%\n" +
		"é: " + strings.TrimSpace(strings.Repeat("word ", 19)) + "\n" +
		"   " + strings.TrimSpace(strings.Repeat("word ", 6)) + "\n" +
		"\n" +
		"- " + strings.Repeat("x", 120) + "\n" +
		"  y\n"
	if got := w.String(); got != want {
		t.Errorf("wrote\n%q, want\n%q", got, want)
	}
	if p.Err() != nil {
		t.Errorf("Err: %v", p.Err())
	}
}

type brokenWriter struct{ writes int }

var errBroken = errors.New("broken")

func (w *brokenWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, errBroken
}

func TestPrinterStopsAtAnError(t *testing.T) {
	t.Parallel()
	w := &brokenWriter{}
	p := show.New(w)
	p.Line(show.Plain, "one")
	p.Line(show.Plain, "two")
	if !errors.Is(p.Err(), errBroken) || w.writes != 1 {
		t.Errorf("Err is %v after %d writes, want %v after 1", p.Err(), w.writes, errBroken)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{{"", ""}, {"abcé", "abcé"}, {"abcéd", "abc…"}} {
		if got := show.Shorten(tt.text, 4); got != tt.want {
			t.Errorf("Shorten(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestColours(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, tt := range []struct {
		name, noColour, force string
		w                     io.Writer
		want                  bool
	}{
		{"a file", "", "", file, false},
		{"a file, forced", "", "1", file, true},
		{"a file, not forced", "", "0", file, false},
		{"a file, forced and forbidden", "1", "1", file, false},
		{"no file, forced", "", "1", io.Discard, false},
	} {
		t.Setenv("NO_COLOR", tt.noColour)
		t.Setenv("CLICOLOR_FORCE", tt.force)
		if got := show.Colours(tt.w); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, got, tt.want)
		}
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("CLICOLOR_FORCE", "1")
	p := show.New(file)
	p.Line(show.Note, "a")
	p.Line(show.Plain, "b")
	if got, err := os.ReadFile(file.Name()); string(got) != "\x1b[33ma\x1b[0m\nb\n" || err != nil || p.Err() != nil {
		t.Errorf("wrote %q, %v, %v", got, err, p.Err())
	}
}
