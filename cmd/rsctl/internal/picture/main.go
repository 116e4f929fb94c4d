// Command picture draws what a program wrote to a terminal: text with colours comes in, an SVG goes out. "make
// pictures" draws the picture of the README with it, from what rsctl demo really writes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader) error {
	flags := flag.NewFlagSet("picture", flag.ContinueOnError)
	command := flags.String("command", "", "what was typed to get this")
	keep := flags.String("keep", "", "draw only the paragraphs that match this regular expression")
	out := flags.String("out", "", "file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || *command == "" {
		return errors.New("-command and -out are required")
	}
	wanted, err := regexp.Compile(*keep)
	if err != nil {
		return fmt.Errorf("-keep: %w", err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	lines, err := parse(string(text))
	if err != nil {
		return err
	}
	lines = shorten(lines, wanted)
	if len(lines) == 0 {
		return errors.New("nothing to draw: is there a paragraph that matches -keep?")
	}
	var svg bytes.Buffer
	draw(&svg, *command, lines)
	return os.WriteFile(*out, svg.Bytes(), 0o644) //nolint:gosec // G306: a picture is for everybody
}

// shorten keeps the paragraphs that are wanted, with a line between each two: of dots where some are left out.
func shorten(lines []line, wanted *regexp.Regexp) []line {
	var kept []line
	between := line(nil)
	for _, p := range paragraphs(lines) {
		if !wanted.MatchString(plain(p)) {
			between = line{{faint, "…"}}
			continue
		}
		if len(kept) > 0 || between != nil {
			kept = append(kept, between)
		}
		kept, between = append(kept, p...), nil
	}
	return kept
}

// paragraphs are separated by lines without text.
func paragraphs(lines []line) [][]line {
	var all [][]line
	begin := true
	for _, l := range lines {
		switch {
		case len(l) == 0:
			begin = true
		case begin:
			all, begin = append(all, []line{l}), false
		default:
			all[len(all)-1] = append(all[len(all)-1], l)
		}
	}
	return all
}

// plain is text without its looks.
func plain(lines []line) string {
	var text strings.Builder
	for _, l := range lines {
		for _, r := range l {
			text.WriteString(r.text)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
