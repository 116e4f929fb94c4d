package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/as"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/report"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

const aboutStampede = `
Many callers with one and the same new token at once, through Gin, against the authorization server on loopback: how many
introspections it sees. It answers late, so that all of them are there before it does.`

// stampede is one way that an authorization server can behave.
type stampede struct {
	name, path string
	leaves     bool // the first caller goes away while it waits
	status     int  // of everybody else
}

var stampedes = []stampede{
	{"the authorization server answers", "/slow", false, http.StatusOK},
	{"it hangs", "/hang", false, http.StatusServiceUnavailable},
	{"it fails", "/fail", false, http.StatusServiceUnavailable},
	{"the first caller leaves", "/slow", true, http.StatusOK},
}

func measureStampede(ctx context.Context, size scale) (report.Section, error) {
	s := report.Section{Title: "6. A stampede", About: aboutStampede}
	server, err := as.Start(ctx, &as.Keys{})
	if err != nil {
		return s, err
	}
	defer server.Close()
	server.Delay = time.Second
	for _, c := range stampedes {
		row, err := c.run(ctx, server, size.crowd)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, row)
	}
	for _, kind := range []service.Kind{service.ByHand, service.Zitadel} {
		middleware, err := service.Middleware(ctx, &service.Spec{Kind: kind, AS: server.URL})
		if err != nil {
			return s, err
		}
		before := server.Calls()
		callers := size.crowd / 5
		answers := rush(ctx, callers, nil, middleware)
		s.Rows = append(s.Rows, report.NewRow(fmt.Sprintf("introspections for %s: %s, no cache", plural(callers, "caller"), kind), "", stats.Series{float64(server.Calls() - before)},
			report.Bound{}, "%s", statuses(answers)))
	}
	return s, nil
}

func (c stampede) run(ctx context.Context, authz *as.Server, callers int) (report.Row, error) {
	cfg := as.Config(authz.URL, nil)
	cfg.IntrospectionEndpoint = authz.URL + c.path
	if cfg.Timeout = 2 * authz.Delay; c.path != "/hang" {
		cfg.Timeout = time.Minute // the answer comes, however busy the machine is
	}
	server, err := rs.New(cfg)
	if err != nil {
		return report.Row{}, err
	}
	defer server.Close(ctx) //nolint:errcheck // nothing is under way any more
	before := authz.Calls()
	var leave func()
	if c.leaves {
		leave = func() {
			for authz.Calls() == before { // the first caller's call has arrived
				<-time.After(time.Millisecond)
			}
		}
	}
	answers := rush(ctx, callers, leave, rsgin.Authenticate(server, nil))
	want := callers
	if c.leaves {
		want--
	}
	if answers[c.status] < want {
		return report.Row{}, fmt.Errorf("%s: %s", c.name, statuses(answers))
	}
	return report.NewRow(fmt.Sprintf("introspections for %s: %s", plural(callers, "caller"), c.name), "", stats.Series{float64(authz.Calls() - before)},
		report.AtMost(1), "%s", statuses(answers)), nil
}

// rush sends one token from many callers at once and counts the statuses. If underWay is given, the first caller goes
// ahead, and leaves a little after the others have come.
func rush(ctx context.Context, callers int, underWay func(), middleware gin.HandlerFunc) map[int]int {
	router := gin.New()
	router.GET(service.Path, middleware, service.Handler)
	var all sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	call := func(ctx context.Context) {
		r := newRequest().WithContext(ctx)
		r.Header.Set("Authorization", "Bearer "+token(0, short))
		w := newWriter()
		router.ServeHTTP(w, r)
		mu.Lock()
		defer mu.Unlock()
		answers[w.Code]++
	}
	first, leave := context.WithCancel(ctx)
	defer leave()
	all.Go(func() { call(first) })
	if underWay != nil {
		underWay()
	}
	for range callers - 1 {
		all.Go(func() { call(ctx) })
	}
	if underWay != nil {
		<-time.After(200 * time.Millisecond)
		leave()
	}
	all.Wait()
	return answers
}

func statuses(answers map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		parts = append(parts, fmt.Sprintf("%d of status %d", answers[status], status))
	}
	return strings.Join(parts, ", ")
}
