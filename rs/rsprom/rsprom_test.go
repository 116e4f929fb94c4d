package rsprom_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/leaktest"
	"github.com/gin-lasuite/gin-lasuite/rs/rsprom"
)

const (
	operations = "lasuite_rs_operations_total"
	durations  = "lasuite_rs_operation_duration_seconds"
	circuit    = `lasuite_rs_circuit_open{issuer=""}`
	keySetName = "lasuite_rs_key_set_fetched_timestamp_seconds"
	keySet     = keySetName + `{issuer=""}`
)

func newObserver(t *testing.T) (*rsprom.Observer, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	observer, err := rsprom.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	return observer, registry
}

// dump is what a scrape gets, of the metrics named or of all.
func dump(t *testing.T, g prometheus.Gatherer, names ...string) string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, family := range families {
		if len(names) > 0 && !slices.Contains(names, family.GetName()) {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// changed are the samples of now that before had not, or with another value.
func changed(before, now string) []string {
	var lines []string
	for line := range strings.Lines(now) {
		if !strings.HasPrefix(line, "#") && !strings.Contains("\n"+before, "\n"+line) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestOperations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		event rs.Event
		want  string // labels
	}{
		{"let in", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheHit}, `cache="hit",issuer="",kind="ok",op="authenticate",reason=""`},
		{"stale", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheStale}, `cache="stale",issuer="",kind="ok",op="authenticate",reason=""`},
		{
			"inactive", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}},
			`cache="miss",issuer="",kind="invalid token",op="authenticate",reason="inactive"`,
		},
		{
			"no token", rs.Event{Op: rs.OpAuthenticate, Err: &rs.Error{Kind: rs.ErrMissingToken, Reason: rs.ReasonNoToken}},
			`cache="",issuer="",kind="missing token",op="authenticate",reason="no_token"`,
		},
		{
			"timeout", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout}},
			`cache="",issuer="",kind="authorization server unavailable",op="introspect",reason="introspection_timeout"`,
		},
		{
			"refused later", rs.Event{Op: rs.OpAuthorize, Err: &rs.Error{Kind: rs.ErrInsufficientScope, Reason: rs.ReasonInsufficientScope}},
			`cache="",issuer="",kind="insufficient scope",op="authorize",reason="insufficient_scope"`,
		},
		{
			"of several issuers", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheHit, Issuer: "https://as.example"},
			`cache="hit",issuer="https://as.example",kind="ok",op="authenticate",reason=""`,
		},
		{"keys", rs.Event{Op: rs.OpFetchKeys}, `cache="",issuer="",kind="ok",op="fetch_keys",reason=""`},
		{"cache", rs.Event{Op: rs.OpCache, Err: errors.New("alice")}, `cache="",issuer="",kind="internal error",op="cache",reason="unexpected"`},
		{"circuit", rs.Event{Op: rs.OpCircuit}, `cache="",issuer="",kind="ok",op="circuit",reason=""`},
		{"without a reason", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Kind: rs.ErrInvalidToken}}, `cache="",issuer="",kind="invalid token",op="introspect",reason=""`},
		{
			"all unknown", rs.Event{Op: "a", Cache: "b", Err: &rs.Error{Kind: 200, Reason: "c"}},
			`cache="other",issuer="",kind="internal error",op="other",reason="other"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			observer, registry := newObserver(t)
			before := dump(t, registry, operations)
			observer.End(observer.Begin(t.Context(), test.event.Op), test.event)
			got := strings.Join(changed(before, dump(t, registry, operations)), "\n")
			if want := operations + "{" + test.want + "} 1"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	observer, registry := newObserver(t)
	for range 3 {
		observer.End(t.Context(), rs.Event{Op: rs.OpIntrospect, Duration: 30 * time.Millisecond})
	}
	observer.End(t.Context(), rs.Event{Op: rs.OpCache, Duration: time.Second, Err: errors.New("down")}) // not timed
	observer.End(t.Context(), rs.Event{Op: rs.OpCircuit, Duration: time.Second})
	text := dump(t, registry, durations)
	for _, want := range []string{
		`_bucket{issuer="",kind="ok",op="introspect",le="0.025"} 0`, `_bucket{issuer="",kind="ok",op="introspect",le="0.05"} 3`,
		`_sum{issuer="",kind="ok",op="introspect"} 0.09`, `_count{issuer="",kind="ok",op="introspect"} 3`,
	} {
		if !strings.Contains(text, durations+want+"\n") {
			t.Errorf("%s is missing from\n%s", want, text)
		}
	}
	if strings.Count(text, "_count{") != 1 {
		t.Errorf("more than introspect is timed:\n%s", text)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if h := family.GetMetric()[0].GetHistogram(); h != nil && len(h.GetPositiveSpan()) == 0 {
			t.Error("the histogram has no native buckets")
		}
	}
}

func TestCircuitAndKeySet(t *testing.T) {
	t.Parallel()
	observer, registry := newObserver(t)
	observer.Now = func() time.Time { return time.UnixMilli(1_700_000_000_500) }
	if got := dump(t, registry, keySetName); got != "" {
		t.Errorf("before the first fetch there is no set: got %s", got)
	}
	failure := &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonKeysUnavailable}
	for _, step := range []struct {
		event rs.Event
		want  string
	}{
		{rs.Event{Op: rs.OpFetchKeys, Err: failure}, "0 -"},
		{rs.Event{Op: rs.OpCircuit, Err: failure}, "1 -"},
		{rs.Event{Op: rs.OpCircuit, Err: failure}, "1 -"},
		{rs.Event{Op: rs.OpFetchKeys}, "1 1.7000000005e+09"},
		{rs.Event{Op: rs.OpCircuit}, "0 1.7000000005e+09"},
		{rs.Event{Op: rs.OpFetchKeys, Err: failure}, "0 1.7000000005e+09"},
	} {
		observer.End(t.Context(), step.event)
		if got := value(t, registry, circuit) + " " + value(t, registry, keySet); got != step.want {
			t.Errorf("after %v: got %s, want %s", step.event, got, step.want)
		}
	}
}

// value of a sample; "-" if there is none.
func value(t *testing.T, g prometheus.Gatherer, name string) string {
	t.Helper()
	for line := range strings.Lines(dump(t, g)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return "-"
}

// The clock is the system's unless another is set.
func TestClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // in a bubble it is the year 2000
		observer, registry := newObserver(t)
		observer.End(t.Context(), rs.Event{Op: rs.OpFetchKeys})
		if got, want := value(t, registry, keySet), "9.466848e+08"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// Whatever words come, the number of series is bounded.
func TestCardinality(t *testing.T) {
	t.Parallel()
	observer, registry := newObserver(t)
	flood := func(n int) int {
		for i := range n {
			word := strconv.Itoa(i)
			for _, op := range []rs.Op{rs.OpAuthenticate, rs.OpCache, rs.Op(word)} {
				observer.End(t.Context(), rs.Event{Op: op, Cache: rs.CacheStatus(word), Err: &rs.Error{Kind: rs.Kind(i), Reason: rs.Reason(word)}})
				observer.End(t.Context(), rs.Event{Op: op, Cache: rs.CacheStatus(word), Err: errors.New(word)})
			}
		}
		count, err := testutil.GatherAndCount(registry)
		if err != nil {
			t.Fatal(err)
		}
		return count
	}
	if few, many := flood(10), flood(5000); few != many {
		t.Errorf("the words of 5000 events make %d series, those of 10 make %d", many, few)
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	observer, registry := newObserver(t)
	for _, op := range rs.Ops() {
		observer.End(t.Context(), rs.Event{Op: op})
	}
	observer.Watch(filled{})
	if _, err := rsprom.Cache(registry, countingCache{}); err != nil {
		t.Fatal(err)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	if observer, err := rsprom.New(nil); err == nil || observer != nil {
		t.Errorf("got %v and %v without a registerer, want an error", observer, err)
	}
	_, registry := newObserver(t)
	if observer, err := rsprom.New(registry); err == nil || observer != nil || !strings.Contains(err.Error(), "WrapRegistererWith") {
		t.Errorf("got %v and %v for a second one, want an error that tells the way out", observer, err)
	}
	if _, err := rsprom.New(prometheus.WrapRegistererWith(prometheus.Labels{"api": "b"}, prometheus.NewRegistry())); err != nil {
		t.Error(err)
	}
}

// Labels are words of ours, whatever goes wrong.
func TestNoLabelTellsASecret(t *testing.T) {
	t.Parallel()
	leaktest.Run(t, func(t *testing.T, cfg *rs.Config) func() string {
		observer, registry := newObserver(t)
		cfg.Observer = observer
		return func() string { return dump(t, registry) }
	})
}

// Each issuer has its own circuit and its own keys, and is there before anything happens.
func TestSeveralIssuers(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	observer, err := rsprom.New(registry, "https://a.example", "https://b.example")
	if err != nil {
		t.Fatal(err)
	}
	failure := &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCircuitOpen}
	observer.End(t.Context(), rs.Event{Op: rs.OpCircuit, Issuer: "https://a.example", Err: failure})
	observer.End(t.Context(), rs.Event{Op: rs.OpCircuit, Issuer: "https://b.example"}) // must not close that of the other
	observer.End(t.Context(), rs.Event{Op: rs.OpFetchKeys, Issuer: "https://b.example"})
	for name, want := range map[string]string{
		`lasuite_rs_circuit_open{issuer="https://a.example"}`: "1",
		`lasuite_rs_circuit_open{issuer="https://b.example"}`: "0",
		circuit: "-",
		keySetName + `{issuer="https://a.example"}`: "-",
		operations + `{cache="",issuer="https://b.example",kind="internal error",op="introspect",reason="client_credentials"}`: "0",
	} {
		if got := value(t, registry, name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if value(t, registry, keySetName+`{issuer="https://b.example"}`) == "-" {
		t.Error("the key set that was fetched has no age")
	}
}

func BenchmarkEnd(b *testing.B) {
	observer, err := rsprom.New(prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	for name, ev := range map[string]rs.Event{
		"hit":     {Op: rs.OpAuthenticate, Duration: 2 * time.Microsecond, Cache: rs.CacheHit},
		"refused": {Op: rs.OpAuthenticate, Cache: rs.CacheMiss, Err: &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					observer.End(b.Context(), ev)
				}
			})
		})
	}
}
