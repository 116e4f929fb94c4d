package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/load"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

const aboutCold = `
Every request brings a new token. What counts is the CPU time of the service's process, by getrusage, per request, so that
neither the authorization server nor the load generator is in it. It is divided by that of the parts which cannot be left out,
measured in the same rounds at the same concurrency: one POST of the same request to the same authorization server with net/http
that reads the answer and throws it away, one request to bare Gin, and for RFC 9701 one OAEP decryption and one ES256 verification
on every core.`

func measureCold(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "3. A new token", About: aboutCold}
	ring, err := newKeyring(size.bits)
	if err != nil {
		return s, err
	}
	server, err := as.Start(ctx, ring.as)
	if err != nil {
		return s, err
	}
	defer server.Close()
	plain := []*contender{
		newcomer("bare Gin", service.Spec{Kind: service.Bare}),
		newcomer("RFC 7662", service.Spec{Kind: service.Ours, AS: server.URL}),
		newcomer("introspection by hand, no cache", service.Spec{Kind: service.ByHand, AS: server.URL}),
		newcomer("zitadel/oidc v3 rs.Introspect, no cache", service.Spec{Kind: service.Zitadel, AS: server.URL}),
	}
	posts, err := coldRounds(ctx, plain, server.URL+"/json", nil, size)
	if err != nil {
		return s, err
	}
	bound := report.AtMost(1.7)
	for _, c := range plain[1:] {
		s.Rows = append(s.Rows, report.NewRow(c.label+": CPU ÷ (POST + bare Gin)", "×", c.cpu.Over(posts.Plus(plain[0].cpu)), bound,
			"%.0f µs, POST %.0f µs, bare Gin %.0f µs", c.cpu.Median(), posts.Median(), plain[0].cpu.Median()))
		bound = report.Bound{} // only ours has a limit
	}
	for _, name := range ring.names {
		row, err := coldJWT(ctx, ring, server.URL, name, size)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

// coldJWT is the whole request with an answer of RFC 9701 against the sum of its parts.
func coldJWT(ctx context.Context, ring *keyring, url, name string, size scale) (report.Row, error) {
	private := ring.private[name]
	all := []*contender{
		newcomer("bare Gin", service.Spec{Kind: service.Bare}),
		newcomer("RFC 9701", service.Spec{Kind: service.Ours, AS: url, Private: &private, Signing: ring.signingPEM}),
	}
	var floor stats.Series
	once, err := ring.floor(name)
	if err != nil {
		return report.Row{}, err
	}
	posts, err := coldRounds(ctx, all, url+"/"+name, func() error {
		used, err := cpuOf(size.answers, cores(), once)
		floor = append(floor, used)
		return err
	}, size)
	if err != nil {
		return report.Row{}, err
	}
	bare, ours := all[0], all[1]
	if name == ecdhES {
		return report.NewRow("RFC 9701 with ECDH-ES: CPU ÷ (POST + bare Gin)", "×", ours.cpu.Over(posts.Plus(bare.cpu)), report.Bound{},
			"%.0f µs", ours.cpu.Median()), nil
	}
	return report.NewRow("RFC 9701 with "+name+": CPU ÷ sum of its parts", "×", ours.cpu.Over(posts.Plus(bare.cpu).Plus(floor)), report.AtMost(1.10),
		"%.0f µs, POST %.0f µs, bare Gin %.0f µs, OAEP + ES256 %.0f µs", ours.cpu.Median(), posts.Median(), bare.cpu.Median(), floor.Median()), nil
}

// coldRounds lets everybody take turns with a program that only posts, whose CPU per request it returns.
func coldRounds(ctx context.Context, all []*contender, endpoint string, between func() error, size scale) (stats.Series, error) {
	poster, err := service.Start(ctx, service.Spec{Kind: service.Poster, AS: endpoint})
	if err != nil {
		return nil, err
	}
	defer poster.Stop()
	for _, c := range all {
		defer c.stop()
		if err := c.start(ctx); err != nil {
			return nil, err
		}
		if _, err := c.client.Send(20, c.requests); err != nil { // connections and keys
			return nil, fmt.Errorf("%s: %w", c.label, err)
		}
	}
	used, err := poster.Post(20*connections, connections)
	var posts stats.Series
	for round := 0; size.more(round, size.network/2); round++ {
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			if err := c.round(size.slice); err != nil {
				return nil, err
			}
		}
		n := max(connections, int(5000*size.slice.Seconds()))
		var after time.Duration
		after, err = poster.Post(n, connections)
		posts = append(posts, float64(after-used)/float64(time.Microsecond)/float64(n))
		used = after
		if between != nil && err == nil {
			err = between()
		}
	}
	return posts, err
}

// newcomer is a contender to which every request brings a new token.
func newcomer(label string, spec service.Spec) *contender {
	var turn atomic.Int64
	return &contender{label: label, spec: spec, requests: func(int, int) []byte {
		return load.Request(service.Path, token(int(turn.Add(1)), short))
	}}
}
