package main

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// The measures of the picture, in pixels. A letter of a monospaced font is about 0.6 of its size wide; every line says
// how long it is, so that it fits whatever font a reader has.
const (
	fontSize = 13
	column   = 7.8
	row      = 18
	margin   = 20
	bar      = 36 // the top of the window
)

const style = `text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#c9d1d9;white-space:pre}` +
	`.title{font-weight:bold;fill:#fff}.faint{fill:#8b949e}.good{fill:#3fb950}.bad{fill:#ff7b72}.note{fill:#d29922}`

// draw writes the picture of a terminal in which command was typed and answered with lines.
func draw(w *bytes.Buffer, command string, lines []line) {
	typed := line{{"good", "$ "}, {"title", command}}
	lines = append([]line{typed}, lines...)
	columns := 0
	for _, l := range lines {
		columns = max(columns, width(l))
	}
	total, height := int(float64(columns)*column)+2*margin, bar+len(lines)*row+margin
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", total, height)
	fmt.Fprintf(w, "<title>%s in a terminal</title>\n<style>%s</style>\n", html.EscapeString(command), style)
	fmt.Fprintf(w, `<rect x="0.5" y="0.5" width="%d" height="%d" rx="8" fill="#0d1117" stroke="#30363d"/>`+"\n", total-1, height-1)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(w, `<circle cx="%d" cy="18" r="5.5" fill="%s"/>`+"\n", margin+i*18, colour)
	}
	for i, l := range lines {
		drawLine(w, l, bar+i*row+fontSize)
	}
	fmt.Fprintln(w, "</svg>")
}

// drawLine leaves the space at the beginning to x: not every reader of SVG keeps it.
func drawLine(w *bytes.Buffer, l line, y int) {
	if len(l) == 0 {
		return
	}
	indent := len(l[0].text) - len(strings.TrimLeft(l[0].text, " "))
	fmt.Fprintf(w, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve">`, margin+float64(indent)*column, y, float64(width(l)-indent)*column)
	for i, r := range l {
		text := r.text
		if i == 0 {
			text = text[indent:]
		}
		if text = html.EscapeString(text); r.look != "" {
			text = fmt.Sprintf(`<tspan class="%s">%s</tspan>`, r.look, text)
		}
		fmt.Fprint(w, text)
	}
	fmt.Fprintln(w, "</text>")
}

func width(l line) int {
	columns := 0
	for _, r := range l {
		columns += utf8.RuneCountInString(r.text)
	}
	return columns
}
