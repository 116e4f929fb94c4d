package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/load"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

const aboutLoopback = `
The same over HTTP on loopback: requests a second, as a share of those of bare Gin, 1 being as if there were no middleware. Each
service is a process of its own; eight kept-alive connections send a request as soon as the last one was answered, with tokens
in an order that jumps. A service with a limit is measured for a tenth of a second with bare Gin right before it or right after
it, in turn, and the figure is the median of these ratios; so is that of p99, each of the few thousand requests of one such
slice. All services are started anew several times, since where a process happens to lie in memory can be worth some percent. The
look-up that decides nothing is that of section 1. The control is one more process of bare Gin: what it differs from 1 is the measurement's own error. All others, in every
third round, share one slice of bare Gin. The load generator shares the two cores, collects no garbage within a round, and leaves out
the first 10 ms of a slice.

What a hit costs here is for the most part the garbage collector. It begins anew whenever the heap has doubled, but not below 4 MB, and a service with
nothing else on its heap is below that: whatever a request allocates brings the next collection nearer. That is the first pair of rows, in which the cache has room for 10,000 tokens, as it has
where nobody says anything else. In all others it has room for a million; the table alone is 22 MB then, so that collections are as rare as in a service that has data of its own.

Below, what else one could put there: a JWT middleware verifies each token anew and asks nobody, so that a token stays good
until it expires whatever happens; an introspection without a cache asks for every request. (acronis/go-authkit, which has a
cache, is missing: it could not be had as a Go module.)`

func measureLoopback(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "2. A hit, over loopback", About: aboutLoopback}
	ring, server, err := startAS(ctx, nil)
	if err != nil {
		return s, err
	}
	defer server.Close()
	all, err := hitContenders(server.URL, ring, size)
	if err != nil {
		return s, err
	}
	for range size.sittings {
		if err := sit(ctx, all, size); err != nil {
			return s, err
		}
	}
	for _, c := range all[1:] {
		s.Rows = append(s.Rows, report.NewRow(c.label+": requests a second", "×", c.own.rate.Over(c.base.rate), rateBound(c),
			"%.0f of %.0f; CPU of the service %.1f of %.1f µs", c.own.rate.Median(), c.base.rate.Median(), c.own.cpu.Median(), c.base.cpu.Median()))
		if c.shares {
			continue
		}
		bound := report.Bound{}
		if c.spec.Kind == service.Ours {
			bound = report.AtMost(1.25)
		}
		s.Rows = append(s.Rows, report.NewRow(c.label+": p99", "×", c.own.tail.Over(c.base.tail), bound, "%.0f of %.0f µs", c.own.tail.Median(), c.base.tail.Median()))
	}
	return s, nil
}

// sit starts every service, measures for its share of the rounds, and ends them.
func sit(ctx context.Context, all []*contender, size scale) error {
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err := warm(ctx, all, size); err != nil {
		return err
	}
	return takeTurns(all[0], all[1:], size.network/size.sittings, size)
}

// rateBound is the limit for ours: the more tokens, the fewer of them are in the processor's caches.
func rateBound(c *contender) report.Bound {
	switch {
	case c.spec.Kind != service.Ours:
		return report.Bound{}
	case c.tokens > 1000:
		return report.AtLeast(0.85)
	}
	return report.AtLeast(0.90)
}

// defaultRoom is what OIDC_RS_CACHE_SIZE is where nobody says anything else.
const defaultRoom = 10_000

// hitContenders: bare Gin first, ours with more and more tokens, then the others with the first number of tokens.
func hitContenders(url string, ring *keyring, size scale) ([]*contender, error) {
	opaque := func(n int) load.Requests { return cycle(n, func(i int) string { return token(i, short) }) }
	few := size.tokens[0]
	all := []*contender{{label: "bare Gin", spec: service.Spec{Kind: service.Bare}, requests: opaque(few)}}
	ours := func(name string, n, room int) *contender {
		return &contender{label: name, tokens: n, spec: service.Spec{Kind: service.Ours, AS: url, Room: room}, requests: opaque(n)}
	}
	all = append(all, ours(count(few)+" tokens", few, defaultRoom), ours(count(few)+" tokens, room for a million", few, 0))
	for _, n := range size.tokens[1:] {
		all = append(all, ours(count(n)+" tokens", n, 0))
	}
	signed := make([]string, few)
	for i := range signed {
		var err error
		if signed[i], err = accessToken(ring, i); err != nil {
			return nil, err
		}
	}
	all = append(all,
		&contender{label: count(few) + " tokens, a look-up that decides nothing", rare: true, spec: service.Spec{Kind: service.Looking}, requests: opaque(few)},
		&contender{label: "control: bare Gin, another process", rare: true, spec: service.Spec{Kind: service.Bare}, requests: opaque(few)})
	jwts := cycle(few, func(i int) string { return signed[i] })
	return append(
		all,
		&contender{label: count(few) + " tokens, and the handler asks for the principal", rare: true, shares: true, spec: service.Spec{Kind: service.Principal, AS: url}, requests: opaque(few)},
		&contender{label: "JWT middleware by hand, golang-jwt v5, ES256", rare: true, shares: true, spec: service.Spec{Kind: service.GolangJWT, Signing: ring.signingPEM}, requests: jwts},
		&contender{label: "auth0/go-jwt-middleware v2, ES256", rare: true, shares: true, spec: service.Spec{Kind: service.Auth0, Signing: ring.signingPEM}, requests: jwts},
		&contender{label: "introspection by hand, no cache", rare: true, shares: true, spec: service.Spec{Kind: service.ByHand, AS: url}, requests: opaque(few)},
		&contender{label: "zitadel/oidc v3 rs.Introspect, no cache", rare: true, shares: true, spec: service.Spec{Kind: service.Zitadel, AS: url}, requests: opaque(few)},
	), nil
}

// cycle goes through n requests in jumps, each connection from another place.
func cycle(n int, token func(i int) string) load.Requests {
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = load.Request(service.Path, token(i))
	}
	return func(conn, i int) []byte { return requests[(i*7919+conn*104_729)%n] }
}

// warm starts the services and fills their caches.
func warm(ctx context.Context, all []*contender, size scale) error {
	for _, c := range all {
		if err := c.start(ctx); err != nil {
			return err
		}
		n := cmp.Or(c.tokens, size.tokens[0])
		// The jumps of each connection alone reach every token, as 7919 is a prime that divides none of the numbers.
		if _, err := c.client.Send(n/connections+1, func(conn, i int) []byte { return c.requests(0, conn+i*connections) }); err != nil {
			return fmt.Errorf("%s: %w", c.label, err)
		}
	}
	return nil
}

// accessToken is a JWT for those that verify access tokens themselves.
func accessToken(ring *keyring, i int) (string, error) {
	now := stats.Now()
	return jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": as.Issuer, "aud": service.Audience, "sub": fmt.Sprintf("user-%d", i), "scope": "openid profile " + as.Scope,
		"client_id": "calling-service", "iat": now.Unix(), "exp": now.Add(10 * time.Hour).Unix(), "jti": fmt.Sprintf("%020d", i),
	}).SignedString(ring.signing)
}
