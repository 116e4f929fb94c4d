package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/demo"
)

// texts are the lines of text of a picture, read as XML.
func texts(t *testing.T, svg string) (lines []string) {
	t.Helper()
	inside := false
	for decoder := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "text" {
				lines, inside = append(lines, ""), true
			}
		case xml.EndElement:
			inside = inside && token.Name.Local != "text"
		case xml.CharData:
			if inside {
				lines[len(lines)-1] += string(token)
			}
		}
	}
}

// random is what differs in every run: the beginning of a token.
var random = regexp.MustCompile(`Bearer [\w-]{8}…`)

// TestThePictureIsTrue: everything that the README's picture shows is written by the demonstration, in this order.
func TestThePictureIsTrue(t *testing.T) {
	t.Parallel()
	svg, err := os.ReadFile("../../../../docs/images/demo.svg")
	if err != nil {
		t.Fatal(err)
	}
	if len(svg) > 16<<10 {
		t.Errorf("the picture has %d bytes: show less", len(svg))
	}
	var out strings.Builder
	if err := demo.Run(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	var written []string
	for each := range strings.Lines(random.ReplaceAllString(out.String(), "Bearer X…")) {
		written = append(written, strings.TrimSpace(each))
	}
	shown := texts(t, string(svg))
	if len(shown) < 20 || shown[0] != "$ make demo" {
		t.Fatalf("the picture shows %q", shown)
	}
	for _, each := range shown[1:] {
		if each == "…" {
			continue
		}
		at := slices.Index(written, random.ReplaceAllString(each, "Bearer X…"))
		if at < 0 {
			t.Fatalf("the demonstration does not write %q there: run make pictures", each)
		}
		written = written[at+1:]
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	const text = "intro\n\n\x1b[1m1. One\x1b[0m\n   > a & \x1b[31m<b>\x1b[0m\r\n\n2. Two\n\n\n3. Three\n"
	out := filepath.Join(t.TempDir(), "out.svg")
	if err := run([]string{"-command", "try <it>", "-keep", `^[13]\.`, "-out", out}, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(t, string(svg)), []string{"$ try <it>", "…", "1. One", "> a & <b>", "…", "3. Three"}; !slices.Equal(got, want) {
		t.Errorf("the picture shows %q, want %q", got, want)
	}
	for _, part := range []string{`<tspan class="title">1. One</tspan>`, `&gt; a &amp; <tspan class="bad">&lt;b&gt;</tspan>`, `x="43.4" y="103" textLength="70.2"`} {
		if !strings.Contains(string(svg), part) {
			t.Errorf("the picture has no %s:\n%s", part, svg)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out.svg")
	for name, tt := range map[string]struct {
		args       []string
		text, want string
	}{
		"no command":       {[]string{"-out", out}, "a", "-command and -out are required"},
		"a broken pattern": {[]string{"-out", out, "-command", "c", "-keep", "("}, "a", "-keep"},
		"nothing":          {[]string{"-out", out, "-command", "c"}, "", "nothing to draw"},
		"nothing wanted":   {[]string{"-out", out, "-command", "c", "-keep", "b"}, "a", "nothing to draw"},
		"another sequence": {[]string{"-out", out, "-command", "c"}, "\x1b[2Ja", "unknown escape sequence"},
		"another colour":   {[]string{"-out", out, "-command", "c"}, "\x1b[35ma", "unknown escape sequence"},
		"half a sequence":  {[]string{"-out", out, "-command", "c"}, "\x1b[3", "unknown escape sequence"},
	} {
		if err := run(tt.args, strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a picture was written", name)
		}
	}
}
