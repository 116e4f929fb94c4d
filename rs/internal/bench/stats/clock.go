package stats

import (
	"syscall"
	"time"
)

// Now is the real clock: the one thing that a benchmark cannot take as a parameter.
func Now() time.Time {
	return time.Now() //nolint:forbidigo // what is measured here is real time
}

// Since is the real time since start.
func Since(start time.Time) time.Duration { return Now().Sub(start) }

// CPU is what this process has used so far, in user and in system mode, by getrusage(2).
func CPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
