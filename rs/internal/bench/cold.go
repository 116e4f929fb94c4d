package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/load"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
)

const aboutCold = `
Every request brings a new token. What counts is the CPU time of the service's process, by getrusage, per request, so that
neither the authorization server nor the load generator is in it. It is divided by that of the floor, another process under the
same load right before or right after it, in turn: bare Gin whose handler does nothing but what cannot be left out, one POST of the
same request to the same authorization server with net/http that reads the answer and throws it away, and for RFC 9701 with RSA
one OAEP decryption and one ES256 verification of the standard library, one less at once than there are processors: as in
ours, and as nobody who also has cached tokens to serve may do without (section 5). (One process that does all of it, rather than the sum of
processes that do a part each, as the same operation takes more CPU the busier the rest of the machine is; the sum of such
parts came out within 6 % of it.)`

func measureCold(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "3. A new token", About: aboutCold}
	ring, server, err := startAS(ctx, size.bits)
	if err != nil {
		return s, err
	}
	defer server.Close()
	all := []*contender{
		newcomer("RFC 7662", service.Spec{Kind: service.Ours, AS: server.URL}),
		newcomer("introspection by hand, no cache", service.Spec{Kind: service.ByHand, AS: server.URL}),
		newcomer("zitadel/oidc v3 rs.Introspect, no cache", service.Spec{Kind: service.Zitadel, AS: server.URL}),
	}
	all[1].rare, all[2].rare = true, true
	if err := coldRounds(ctx, service.Spec{Kind: service.Floor, AS: server.URL + "/json"}, all, size); err != nil {
		return s, err
	}
	for _, c := range all {
		bound := report.Bound{}
		if c.spec.Kind == service.Ours {
			bound = report.AtMost(1.7)
		}
		s.Rows = append(s.Rows, c.coldRow("POST + bare Gin", bound))
	}
	for _, name := range ring.names {
		private := ring.private[name]
		ours := newcomer("RFC 9701 with "+name, service.Spec{Kind: service.Ours, AS: server.URL, Private: &private, Signing: ring.signingPEM})
		floor := service.Spec{Kind: service.Floor, AS: server.URL + "/" + name, Private: &private, Signing: ring.signingPEM}
		ours.rare = name == ecdhES
		if err := coldRounds(ctx, floor, []*contender{ours}, size); err != nil {
			return s, err
		}
		if name == ecdhES {
			s.Rows = append(s.Rows, ours.coldRow("POST + bare Gin", report.Bound{}))
		} else {
			s.Rows = append(s.Rows, ours.coldRow("POST + bare Gin + OAEP + ES256", report.AtMost(1.10)))
		}
	}
	return s, nil
}

// coldRow is the CPU per request against that of the floor.
func (c *contender) coldRow(floor string, bound report.Bound) report.Row {
	return report.NewRow(c.label+": CPU ÷ ("+floor+")", "×", c.own.cpu.Over(c.base.cpu), bound, "%.0f of %.0f µs", c.own.cpu.Median(), c.base.cpu.Median())
}

// coldRounds lets everybody take turns with a service that is the floor and nothing else.
func coldRounds(ctx context.Context, floor service.Spec, all []*contender, size scale) error {
	base := newcomer("the floor", floor)
	for _, c := range append([]*contender{base}, all...) {
		defer c.stop()
		if err := c.start(ctx); err != nil {
			return err
		}
		if _, err := c.client.Send(20, c.requests); err != nil { // connections and keys
			return fmt.Errorf("%s: %w", c.label, err)
		}
	}
	return takeTurns(base, all, size.network*2/3, size)
}

// newcomer is a contender to which every request brings a new token.
func newcomer(label string, spec service.Spec) *contender {
	var turn atomic.Int64
	return &contender{label: label, spec: spec, requests: func(int, int) []byte {
		return load.Request(service.Path, token(int(turn.Add(1)), short))
	}}
}
