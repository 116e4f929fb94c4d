package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the command rsctl too: tests find it in PATH and run it as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("GORACE") == "" {
		_ = os.Setenv("GORACE", "atexit_sleep_ms=10") // the race detector's second of rest, at the end of every process
	}
	testscript.Main(m, map[string]func(){"rsctl": main})
}

// TestScripts runs the scripts in testdata/script, which read like a manual.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Values[fixtureKey{}] = &scriptState{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits,
			"mode":  mode,
			"as":    startAS,
			"mint":  mintToken,
			"fault": failAS,
		},
	})
}

// exits CODE COMMAND…: the command ends with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if neg {
		ts.Fatalf("exits cannot be negated: name the code")
	}
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// mode 0600 FILE: the file has exactly these permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%#o", info.Mode()&fs.ModePerm); got != args[0] {
		ts.Fatalf("the mode of %s is %s, want %s", args[1], got, args[0])
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	a, b, c := errors.New("a"), errors.New("b\n  more"), errors.New("c")
	for _, tt := range []struct {
		name string
		err  error
		want string
		code int
	}{
		{"none", nil, "", exitGood},
		{"one", a, "rsctl: a\n", exitMisuse},
		{"joined", errors.Join(a, errors.Join(b, c)), "rsctl: a\nrsctl: b more\nrsctl: c\n", exitMisuse},
		{"joined, of one", errors.Join(a), "rsctl: a\n", exitMisuse},
		{"failure", failed("demo: %w", a), "rsctl: demo: a\n", exitFailed},
		{"failure of several", failure{errors.Join(a, c)}, "rsctl: a\nrsctl: c\n", exitFailed},
		{"wraps two without joining them", fmt.Errorf("%w: %w", a, c), "rsctl: a: c\n", exitMisuse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w bytes.Buffer
			report(&w, tt.err)
			if got := w.String(); got != tt.want {
				t.Errorf("report wrote %q, want %q", got, tt.want)
			}
			if got := exitCode(tt.err); got != tt.code {
				t.Errorf("exitCode = %d, want %d", got, tt.code)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for _, tt := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"unknown", nil, "unknown"},
		{"no version", &debug.BuildInfo{GoVersion: "go1.26.0"}, "(devel) go1.26.0"},
		{"release", &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v0.1.0"}}, "v0.1.0 go1.26.0"},
		{"commit", &debug.BuildInfo{
			GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"},
			Settings: []debug.BuildSetting{setting("vcs.revision", "abc"), setting("vcs.modified", "true")},
		}, "(devel) commit abc with changes go1.26.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := version(tt.info, tt.info != nil); got != tt.want {
				t.Errorf("version = %q, want %q", got, tt.want)
			}
		})
	}
}
