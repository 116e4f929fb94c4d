// Command bench measures what the resource server costs, on loopback and in memory, against bare Gin and against what else
// a Go developer would take. It starts its own authorization server, load generator and services, prints a table, and
// writes docs/benchmarks.md:
//
//	make bench
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the process ends here anyway
	}
}

// dispatch finds out which process this is: a service under test, a section, or the command itself.
func dispatch(ctx context.Context, args []string, out, complaints io.Writer) error {
	gin.SetMode(gin.ReleaseMode)
	if os.Getenv(service.Marker) != "" {
		return service.Serve(ctx, os.Stdin, out)
	}
	if name := os.Getenv(sectionMarker); name != "" {
		return measure(ctx, name, out)
	}
	return run(ctx, args, out, complaints)
}

// run measures every section and shows what came out.
func run(ctx context.Context, args []string, out, complaints io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(complaints)
	quick := flags.Bool("quick", false, "only see that everything runs: the figures mean nothing")
	docs := flags.String("docs", "", "write benchmarks.md and its plots into this folder")
	only := flags.String("only", "", "comma-separated sections to measure: "+strings.Join(names(), ", "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	start, load := stats.Now(), report.Load()
	var found []report.Section
	for _, s := range sections {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		fmt.Fprintf(complaints, "%4.0f s  %s\n", stats.Since(start).Seconds(), s.name)
		result, err := apart(ctx, s.name, *quick, complaints)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		found = append(found, result)
	}
	fmt.Fprintln(out, report.Machine())
	if err := report.Text(out, found); err != nil {
		return err
	}
	short, bounded := report.Short(found)
	fmt.Fprintf(out, "\n%d of %d limits kept, in %.0f s\n", bounded-short, bounded, stats.Since(start).Seconds())
	if *docs == "" {
		return nil
	}
	return report.Page(*docs, "make bench", load, start, stats.Since(start), found)
}

// sectionMarker in the environment makes this program measure one section and print it as JSON.
const (
	sectionMarker = "GIN_LASUITE_BENCH_SECTION"
	quickMarker   = "GIN_LASUITE_BENCH_QUICK"
)

// apart measures a section in a process of its own: a million cached tokens should burden only their own figures.
func apart(ctx context.Context, name string, quick bool, complaints io.Writer) (report.Section, error) {
	program, err := os.Executable()
	if err != nil {
		return report.Section{}, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), sectionMarker+"="+name)
	if quick {
		cmd.Env = append(cmd.Env, quickMarker+"=1")
	}
	var answer bytes.Buffer
	cmd.Stdout, cmd.Stderr = &answer, complaints
	if err := cmd.Run(); err != nil {
		return report.Section{}, err
	}
	var result report.Section
	err = json.Unmarshal(answer.Bytes(), &result)
	return result, err
}

func measure(ctx context.Context, name string, out io.Writer) error {
	// The services that a section starts are this program too: they must not think that they are the section.
	if err := os.Unsetenv(sectionMarker); err != nil {
		return err
	}
	size := full
	if os.Getenv(quickMarker) != "" {
		size = quick
	}
	i := slices.IndexFunc(sections, func(s section) bool { return s.name == name })
	if i < 0 {
		return fmt.Errorf("no section %q", name)
	}
	size.deadline = stats.Now().Add(sections[i].time)
	result, err := sections[i].measure(ctx, size)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}
