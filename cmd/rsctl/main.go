// Command rsctl runs, tries out and examines the resource server of gin-lasuite: see rsctl --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

func main() { os.Exit(run()) }

// The exit codes.
const (
	exitGood   = 0
	exitFailed = 1 // the check or the request failed
	exitMisuse = 2 // the configuration or the flags are wrong
)

// run is main with an exit code. The first SIGINT or SIGTERM ends what the command does in good order, a second one ends
// the process.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRoot()
	err := root.ExecuteContext(ctx)
	report(root.ErrOrStderr(), err)
	return exitCode(err)
}

// failure marks an error as no fault of flags or configuration. All other errors, those that cobra makes among them, are.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func failed(format string, args ...any) error { return failure{fmt.Errorf(format, args...)} }

func exitCode(err error) int {
	switch _, isFailure := errors.AsType[failure](err); {
	case err == nil:
		return exitGood
	case isFailure:
		return exitFailed
	}
	return exitMisuse
}

// report writes each of the errors joined in err on a line of its own.
func report(w io.Writer, err error) {
	for _, each := range flatten(err) {
		_, _ = fmt.Fprintf(w, "rsctl: %s\n", oneLine(each)) // nowhere left to complain
	}
}

// oneLine starts with the name of the variable where one is wrong: that is what people look for.
func oneLine(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*rsenv.VariableError](err); ok {
		text = e.Variable + " " + e.Problem
	}
	text = strings.Join(strings.Fields(text), " ")
	if strings.HasPrefix(text, "unknown command ") { // cobra says nothing, or a list in lines of its own
		what, meant, found := strings.Cut(text, " Did you mean this? ")
		if !found {
			return what + " (see rsctl --help)"
		}
		return what + ": did you mean " + strings.ReplaceAll(meant, " ", " or ") + "?"
	}
	return text
}

// flatten lists what errors.Join joined, at any depth. Errors that wrap two others for errors.Is, as *rs.Error does, stay
// whole: their text is one sentence.
func flatten(err error) []error {
	if f, ok := err.(failure); ok { //nolint:errorlint // this error, not one of those that it joins
		return flatten(f.error)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok || !strings.Contains(err.Error(), "\n"):
		return []error{err}
	}
	var all []error
	for _, each := range joined.Unwrap() {
		all = append(all, flatten(each)...)
	}
	return all
}
