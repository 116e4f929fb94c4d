package report

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Machine describes, without naming it, what the figures were measured on.
func Machine() string {
	return fmt.Sprintf("%s, %d cores, %s, %s/%s", processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// processor is the model of the CPU where the system tells it.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "processor unknown"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "processor unknown"
}

// Load is how busy the machine is with other things, where the system tells it: figures of a busy one are worth less.
func Load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

// intro stands above the tables, after the title.
const intro = `Written by ` + "`make bench`" + `; change the harness in ` + "`rs/internal/bench`" + ` and not this page.

Every figure is a ratio of things that were measured in turn within the same run, round by round, unless it has a unit. It is
the median of the rounds, and the spread is where the middle half of them lie. Where a limit is set, the verdict is
*pass* or *short*. Absolute times say more about the machine than about this library; they stand in the notes so that a ratio
can be judged.

`

// Page writes docs/benchmarks.md and its plots below dir, the folder docs. The load is that before the measurement.
func Page(dir, command, load string, date time.Time, took time.Duration, sections []Section) error {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\n" + intro)
	short, bounded := Short(sections)
	fmt.Fprintf(&b, "| | |\n|---|---|\n| machine | %s |\n| command | `%s` |\n| date | %s, took %s |\n| load before | %s |\n| limits | %d of %d kept |\n",
		Machine(), command, date.UTC().Format(time.DateOnly), took.Round(time.Second), load, bounded-short, bounded)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.Title, strings.TrimSpace(s.About))
		b.WriteString("| what | figure | spread | limit | | note |\n|---|---|---|---|---|---|\n")
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Name, r.figure(), r.spread(), r.Bound, r.Verdict(), r.Note)
		}
		for _, p := range s.Plots {
			fmt.Fprintf(&b, "\n![%s](benchmarks/%s.svg)\n\n%s\n", p.Title, p.Name, strings.TrimSpace(p.About))
			if err := p.Save(filepath.Join(dir, "benchmarks")); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, "benchmarks.md"), []byte(b.String()), 0o644) //nolint:gosec // G306: documentation is for everybody
}
