package main

import (
	"fmt"
	"strings"
)

// look is how a run of text looks, by the name of its CSS class; empty: as text does.
type look string

const faint look = "faint"

// looks are the sequences of ECMA-48 (SGR) that package show writes.
var looks = map[string]look{"0": "", "1": "title", "2": faint, "31": "bad", "32": "good", "33": "note"}

// styled is text that looks the same.
type styled struct {
	look look
	text string
}

// line is one line of a terminal.
type line []styled

// parse reads text with colours. Any sequence that it does not know is an error: the picture would lie.
func parse(text string) ([]line, error) {
	var lines []line
	now := look("")
	for each := range strings.Lines(text) {
		l, rest := line{}, strings.TrimRight(each, "\r\n")
		for rest != "" {
			before, after, escape := strings.Cut(rest, "\x1b")
			if before != "" {
				l = append(l, styled{now, before})
			}
			rest = after
			if !escape {
				continue
			}
			code, behind, ended := strings.Cut(strings.TrimPrefix(after, "["), "m")
			next, known := looks[code]
			if !ended || !known || !strings.HasPrefix(after, "[") {
				return nil, fmt.Errorf("an unknown escape sequence: %q", "\x1b"+after)
			}
			now, rest = next, behind
		}
		lines = append(lines, l)
	}
	return lines, nil
}
