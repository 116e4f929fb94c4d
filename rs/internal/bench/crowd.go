package main

import (
	"context"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/load"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

const aboutCrowd = `
Cached tokens at 500 requests a second, first alone and then while 32 connections bring new tokens as fast as they are
answered, each of which costs an RSA-2048 decryption: the p99 of the cached ones, as a multiple of that when nothing else goes on.
One less than there are processors decrypt at once, and each offers its processor to waiting threads before it begins. What a cached
token then waits for at worst is the one decryption that is under way, which nothing can interrupt, if the kernel has woken
its thread on that processor: the other one is also the load generator's and the authorization server's. So part of it is
theirs: the last row is the same with bare Gin, a process of its own, in place of the cached tokens, beside the same crowd.`

// hitRate is the requests a second with cached tokens: far from what the machine can do, as that is what idle means.
const hitRate = 500

// crowdSize is the connections that bring new tokens.
const crowdSize = 32

func measureCrowd(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "5. Hits beside a crowd of new tokens", About: aboutCrowd}
	ring, server, err := startAS(ctx, []int{2048})
	if err != nil {
		return s, err
	}
	defer server.Close()
	private := ring.private[rsaName(2048)]
	ours := newcomer("ours", service.Spec{Kind: service.Ours, AS: server.URL, Private: &private, Signing: ring.signingPEM})
	bare := newcomer("bare Gin", service.Spec{Kind: service.Bare})
	bare.requests = cycle(size.tokens[0], func(i int) string { return "known" + token(i, short) })
	for _, c := range []*contender{ours, bare} {
		defer c.stop()
		if err := c.start(ctx); err != nil {
			return s, err
		}
	}
	known := bare.requests
	if _, err := ours.client.Send(size.tokens[0]/connections+1, func(conn, i int) []byte { return known(0, conn+i*connections) }); err != nil {
		return s, err
	}
	crowd, err := load.Dial(ctx, ours.process.Addr, crowdSize)
	if err != nil {
		return s, err
	}
	defer crowd.Close()
	var idle, busy, bareIdle, bareBusy, fresh stats.Series
	for round := 0; size.more(round, max(2, size.network/10)); round++ {
		for _, m := range []struct {
			c    *contender
			into *stats.Series
			busy bool
		}{{ours, &idle, false}, {bare, &bareIdle, false}, {ours, &busy, true}, {bare, &bareBusy, true}} {
			// The p99 of hitRate wants more than a slice.
			p99, rate, err := beside(m.c.client, known, crowd, ours.requests, m.busy, 12*size.slice)
			if err != nil {
				return s, err
			}
			*m.into = append(*m.into, p99)
			if m.busy {
				fresh = append(fresh, rate)
			}
		}
	}
	s.Rows = []report.Row{
		report.NewRow("p99 of hits beside the crowd ÷ alone", "×", busy.Over(idle), report.AtMost(3),
			"%.0f and %.0f µs, beside %.0f new tokens a second", busy.Median(), idle.Median(), fresh.Median()),
		report.NewRow("the same with bare Gin, another process", "×", bareBusy.Over(bareIdle), report.Bound{}, "%.0f and %.0f µs", bareBusy.Median(), bareIdle.Median()),
	}
	return s, nil
}

// beside is the p99 of paced requests in µs, if so wanted while a crowd comes, and how many of the crowd were answered in a
// second.
func beside(client *load.Client, known load.Requests, crowd *load.Client, fresh load.Requests, busy bool, d time.Duration) (p99, rate float64, err error) {
	done := make(chan error, 1)
	if busy {
		go func() {
			result, err := crowd.Saturate(0, d, fresh)
			rate = result.PerSecond()
			done <- err
		}()
	} else {
		done <- nil
	}
	result, err := client.Pace(d, hitRate, known)
	if crowdErr := <-done; err == nil {
		err = crowdErr
	}
	return float64(stats.Percentile(result.Times, 0.99)) / float64(time.Microsecond), rate, err
}
