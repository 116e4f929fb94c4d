package main

import (
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// inTurn is the CPU time of each f per run in microseconds. One run of each follows on the other, n times, beginning with
// another one each time, as the speed of a virtual machine can change within some milliseconds. All of it is on this goroutine:
// starting another one would cost more than the smallest f.
func inTurn(n int, fs ...func() error) ([]float64, error) {
	used := make([]float64, len(fs))
	for turn := range n {
		for i := range fs {
			one := (turn + i) % len(fs)
			start := stats.CPU()
			if err := fs[one](); err != nil {
				return nil, err
			}
			used[one] += float64(stats.CPU()-start) / float64(time.Microsecond) / float64(n)
		}
	}
	return used, nil
}
