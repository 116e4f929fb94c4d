// Package show writes text for people: wrapped, and coloured where it is read on a terminal.
package show

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Width is the greatest number of columns of a line that can be broken. On a narrower terminal it is the width of that.
const Width = 98

// minWidth is the least: below it, words beside a label would stand one on a line.
const minWidth = 60

// Style is how a piece of text looks on a terminal.
type Style string

// The styles.
const (
	Plain Style = ""
	Title Style = "\x1b[1m"
	Faint Style = "\x1b[2m"
	Good  Style = "\x1b[32m"
	Bad   Style = "\x1b[31m"
	Note  Style = "\x1b[33m"

	reset = "\x1b[0m"
)

// Printer writes lines. After the first error it writes nothing more; Err tells. It is for one goroutine.
type Printer struct {
	w      io.Writer
	colour bool
	width  int
	err    error
}

// New makes a Printer, with colours where [Colours] says so.
func New(w io.Writer) *Printer {
	return &Printer{w: w, colour: Colours(w), width: widthOf(w)}
}

// Colours says whether text for w is coloured: if it is a terminal that knows how (TERM is not dumb), or a file or pipe
// and CLICOLOR_FORCE is set, but never if NO_COLOR is (https://no-color.org, https://bixense.com/clicolors). An empty
// variable is not set.
func Colours(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	if force := os.Getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" //nolint:gosec // G115: a file descriptor
}

// widthOf is for lines that the terminal need not break.
func widthOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return Width
	}
	columns, _, err := term.GetSize(int(f.Fd())) //nolint:gosec // G115: a file descriptor
	if err != nil {
		return Width
	}
	return min(max(columns-1, minWidth), Width)
}

// Err is the first error of a write.
func (p *Printer) Err() error { return p.err }

// Line writes one line as it is.
func (p *Printer) Line(s Style, format string, args ...any) {
	if p.err != nil {
		return
	}
	text := fmt.Sprintf(format, args...)
	if p.colour && s != Plain && text != "" {
		text = string(s) + text + reset
	}
	_, p.err = fmt.Fprintln(p.w, text)
}

// Text writes a label and a text that is wrapped beside it, further lines being indented as far.
func (p *Printer) Text(s Style, label, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(label))
	for i, line := range wrap(text, p.width-len(indent)) {
		if i == 0 {
			p.Line(s, "%s%s", label, line)
			continue
		}
		p.Line(s, "%s%s", indent, line)
	}
}

// wrap breaks text at spaces. A word that is too long stays whole.
func wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for word := range strings.FieldsSeq(text) {
		size := utf8.RuneCountInString(word)
		if length > 0 && length+1+size > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+size
	}
	return append(lines, line)
}

// Shorten cuts text that is longer than the greatest number of columns.
func Shorten(text string, columns int) string {
	runes := []rune(text)
	if len(runes) <= columns {
		return text
	}
	return string(runes[:columns-1]) + "…"
}
