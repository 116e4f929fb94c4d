// Command soak runs rsctl serve as a process of its own, under load, against a development authorization server that
// fails in every way it knows, rotates its keys and revokes tokens, and checks every verdict. "make soak" runs it.
//
// It ends with a report, and with exit code 1 if a verdict was wrong, if a good token was refused long after the last
// fault, or if goroutines or memory were left.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() { os.Exit(run()) }

// run is main with an exit code.
func run() int {
	length := flag.Duration("time", 2*time.Minute, "how long")
	workers := flag.Int("workers", 16, "requests at once")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "order of the faults")
	binary := flag.String("rsctl", "bin/rsctl", "the program to test, as built by go build")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := soak(ctx, *binary, *length, *workers, *seed)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "soak:", err)
		return 2
	}
	r.write(os.Stdout)
	if !r.good() {
		return 1
	}
	return 0
}

// soak measures an idle service first, then the one that is under load, so that both are counted in the same way.
func soak(ctx context.Context, binary string, length time.Duration, workers int, seed uint64) (*report, error) {
	w, err := newWorld()
	if err != nil {
		return nil, err
	}
	defer w.close()
	r := &report{length: length, workers: workers, seed: seed, statuses: map[string]int{}, faults: map[string]int{}}
	idle, err := launch(ctx, binary, w.environment())
	if err != nil {
		return nil, err
	}
	defer idle.kill()
	if err := w.warm(ctx, idle.url); err != nil {
		return nil, err
	}
	if r.before, err = w.settle(idle); err != nil {
		return nil, err
	}
	service, err := launch(ctx, binary, w.environment())
	if err != nil {
		return nil, err
	}
	defer service.kill()
	w.calls.Store(0)
	loaded, done := context.WithTimeout(ctx, length)
	defer done()
	l := newLoad(w, service.url, r)
	l.running.Go(func() { w.weather(loaded, r, seed) })
	for range workers {
		l.running.Go(func() { l.run(loaded) })
	}
	l.running.Wait()
	w.as.Heal()
	r.calls = w.calls.Load()
	l.close()
	r.after, err = w.settle(service)
	return r, err
}
