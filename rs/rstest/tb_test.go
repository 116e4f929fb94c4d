package rstest_test

import (
	"fmt"
	"testing"
)

// t stands in for a test in the examples.
var t testing.TB = &fakeTB{}

// fakeTB notes failures and goes on, but for Fatal, which panics.
type fakeTB struct {
	testing.TB
	failures []string
	cleanups []func()
}

type fatal string

func (f *fakeTB) Helper()          {}
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

func (f *fakeTB) Errorf(format string, args ...any) {
	f.failures = append(f.failures, fmt.Sprintf(format, args...))
}

func (f *fakeTB) Fatalf(format string, args ...any) { panic(fatal(fmt.Sprintf(format, args...))) }
func (f *fakeTB) Fatal(args ...any)                 { panic(fatal(fmt.Sprint(args...))) }

// caught runs a function that is expected to fail its test, and returns with what words.
func caught(run func()) (text string) {
	defer func() {
		if f, ok := recover().(fatal); ok {
			text = string(f)
		}
	}()
	run()
	return ""
}
