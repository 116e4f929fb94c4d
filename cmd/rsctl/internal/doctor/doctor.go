// Package doctor prints the report of an examination, for people and for machines.
package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// words are how a status is called in the table.
var words = map[rsdoctor.Status]struct {
	word  string
	style show.Style
}{
	rsdoctor.OK:         {"ok", show.Good},
	rsdoctor.Warning:    {"warning", show.Title},
	rsdoctor.Problem:    {"PROBLEM", show.Bad},
	rsdoctor.NotChecked: {"not checked", show.Faint},
}

// Print writes a table: a row for each finding, and below a warning or a problem what to do.
func Print(p *show.Printer, report *rsdoctor.Report) error {
	width := 0
	counts := map[rsdoctor.Status]int{}
	for _, f := range report.Findings {
		width = max(width, utf8.RuneCountInString(f.Title))
		counts[f.Status]++
	}
	issuer := ""
	for _, f := range report.Findings {
		if f.Issuer != issuer {
			issuer = f.Issuer
			p.Line(show.Plain, "")
			p.Line(show.Title, "%s", cmp.Or(issuer, "all issuers"))
		}
		w := words[f.Status]
		text := f.Text
		if f.Code != "" {
			text += fmt.Sprintf(" [%s]", f.Code)
		}
		label := fmt.Sprintf("%-11s  %-*s  ", w.word, width, f.Title)
		p.Text(w.style, label, text)
		if f.Fix != "" {
			p.Text(show.Plain, fmt.Sprintf("%-*s-> ", len("not checked")+width+4, ""), f.Fix)
		}
	}
	p.Line(show.Plain, "")
	p.Line(show.Title, "%d ok, %s, %s, %d not checked", counts[rsdoctor.OK],
		count(counts[rsdoctor.Warning], "warning"), count(counts[rsdoctor.Problem], "problem"), counts[rsdoctor.NotChecked])
	return p.Err()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// PrintJSON writes the report as one JSON object.
func PrintJSON(w io.Writer, report *rsdoctor.Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(report)
}
