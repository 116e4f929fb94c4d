//go:build unix

package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// step is a block of a page, or a stop.
type step struct {
	line      int    // of the page
	directive string // of the comment above: file, terminal …
	argument  string
	language  string
	text      string
	output    *step // what the commands print
}

var (
	comment   = regexp.MustCompile(`^<!-- ([a-z ]+?)(?:: (.*))? -->$`)
	fenceOpen = regexp.MustCompile("^```([a-z]*)$")
)

// steps are those of a page, in its order.
func steps(t *testing.T, page string) []*step {
	t.Helper()
	var all []*step
	var last *step // the commands that still lack what they print
	above, block := &step{}, (*step)(nil)
	for i, line := range strings.Split(read(t, page), "\n") {
		switch open := fenceOpen.FindStringSubmatch(line); {
		case block != nil && line == "```":
			switch {
			case block.language == "text" && block.directive == "" && last != nil:
				last.output, last = block, nil
			default:
				all = append(all, block)
				last = block
				if block.language != "sh" {
					last = nil
				}
			}
			block, above = nil, &step{}
		case block != nil:
			block.text += line + "\n"
		case open != nil:
			block = above
			block.line, block.language = i+1, open[1]
		default:
			above = &step{}
			if found := comment.FindStringSubmatch(line); found != nil {
				above.directive, above.argument = found[1], found[2]
			}
			if above.directive == "stop" || above.directive == "needs" {
				above.line = i + 1
				all, above = append(all, above), &step{}
			}
		}
	}
	return all
}

// TestPagesAreTrue does what the pages say, command by command.
func TestPagesAreTrue(t *testing.T) {
	t.Parallel()
	for _, page := range walked {
		t.Run(path.Base(page), func(t *testing.T) {
			t.Parallel()
			follow(t, page)
		})
	}
}

// follow does what a page says, in a new folder beside one that is called gin-lasuite and is this checkout.
func follow(t *testing.T, page string) {
	t.Helper()
	w := newWalk(t)
	for _, s := range steps(t, page) {
		at := page + ":" + itoa(s.line)
		switch {
		case s.directive == "not run" || s.directive == "from" || s.language == "mermaid": // from: TestGoInMarkdownCompiles
		case s.directive == "file":
			w.write(s.argument, w.real(s.text))
		case s.directive == "example":
			w.write("clients.json", s.text)
		case s.directive == "replaces":
			w.replaceLine(at, s)
		case s.directive == "needs":
			w.need(at, s.argument)
		case s.directive == "stop":
			w.stop(at, s.argument)
		case s.directive == "prints":
			w.prints(at, s)
		case s.directive == "terminal" && s.language == "sh":
			w.start(at, s)
		case (s.directive == "" || s.directive == "fails") && s.language == "sh":
			w.run(at, s)
		default:
			t.Fatalf("%s: a block that is no step: say above it what it is", at)
		}
	}
}

// write writes a file of the page.
func (w *walk) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// replaceLine puts a block in the place of one line of a file.
func (w *walk) replaceLine(at string, s *step) {
	w.t.Helper()
	name, line, _ := strings.Cut(s.argument, ": ")
	content, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatalf("%s: %v", at, err)
	}
	all := strings.SplitAfter(string(content), "\n")
	is := func(each string) bool { return strings.TrimSpace(each) == line }
	i := slices.IndexFunc(all, is)
	if i < 0 || slices.ContainsFunc(all[i+1:], is) {
		w.t.Fatalf("%s: %s does not have the line %q once", at, name, line)
	}
	all[i] = w.real(s.text)
	w.write(name, strings.Join(all, ""))
}

// port is an address of a page; the test has another port in its place.
var (
	port     = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	listenOn = regexp.MustCompile(`(?i)(listen[= ])(127\.0\.0\.1:\d+)`)
)

// real puts the ports of the test into what the page says: one of this walk where somebody listens, and else those that were learned
// from what the page says is printed.
func (w *walk) real(text string) string {
	text = listenOn.ReplaceAllStringFunc(text, func(listen string) string {
		address := port.FindString(listen)
		if _, ok := w.reserved[address]; !ok {
			w.reserved[address] = reservePort(w.t)
		}
		return strings.TrimSuffix(listen, address) + "127.0.0.1:" + itoa(w.reserved[address])
	})
	return port.ReplaceAllStringFunc(text, func(address string) string {
		if learned, ok := w.ports[address]; ok {
			return learned
		}
		return address
	})
}

// pattern is a regular expression for an output, with a group for each address, and the addresses as the page has them.
func pattern(text string) (expression string, addresses []string) {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		line = strings.TrimRight(line, " \n")
		if line == "…" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		addresses = append(addresses, port.FindAllString(line, -1)...)
		line = port.ReplaceAllString(line, "\x00")
		line = strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*?")
		b.WriteString(strings.ReplaceAll(line, "\x00", `(127\.0\.0\.1:\d+)`) + ` *\n`)
	}
	return b.String(), addresses
}

// learn remembers the real addresses, found as groups.
func (w *walk) learn(addresses, found []string) {
	for i, address := range addresses {
		w.ports[address] = found[i]
	}
}
