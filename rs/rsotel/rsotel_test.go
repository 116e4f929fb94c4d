package rsotel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/leaktest"
	"github.com/gin-lasuite/gin-lasuite/rs/rsotel"
)

// kit is telemetry in memory.
type kit struct {
	spans    *tracetest.InMemoryExporter
	provider *sdktrace.TracerProvider
	meters   *sdkmetric.MeterProvider
	reader   *sdkmetric.ManualReader
	observer *rsotel.Observer
}

func newKit(t *testing.T, noAuthenticate bool) *kit {
	t.Helper()
	k := &kit{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	k.provider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(k.spans))
	k.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(k.reader))
	var err error
	k.observer, err = rsotel.New(rsotel.Config{TracerProvider: k.provider, MeterProvider: k.meters, NoAuthenticate: noAuthenticate})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// metrics are the data of all instruments by name.
func (k *kit) metrics(t *testing.T) map[string]metricdata.Aggregation {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := k.reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	all := map[string]metricdata.Aggregation{}
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			all[m.Name] = m.Data
		}
	}
	return all
}

func (k *kit) circuit(t *testing.T) int64 {
	t.Helper()
	return k.metrics(t)["lasuite.rs.circuit.open"].(metricdata.Gauge[int64]).DataPoints[0].Value
}

// write is attributes as text, sorted.
func write(attrs []attribute.KeyValue) string {
	var words []string
	for _, kv := range attrs {
		words = append(words, string(kv.Key)+"="+kv.Value.String())
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

var (
	timeout  = &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonTimeout, Err: errors.New("alice was too late")}
	inactive = &rs.Error{Kind: rs.ErrInvalidToken, Reason: rs.ReasonInactive}
)

const unavailable = "lasuite.rs.kind=authorization server unavailable lasuite.rs.reason="

func TestSpans(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		event rs.Event
		want  string // name, status, description: attributes
	}{
		{"let in", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheHit}, "rs.authenticate Unset : lasuite.rs.cache=hit"},
		{
			"refused", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss, Err: inactive},
			"rs.authenticate Unset : lasuite.rs.cache=miss lasuite.rs.kind=invalid token lasuite.rs.reason=inactive",
		},
		{
			"outage", rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss, Err: timeout},
			"rs.authenticate Error introspection_timeout: error.type=introspection_timeout lasuite.rs.cache=miss " + unavailable + "introspection_timeout",
		},
		{
			"refused later", rs.Event{Op: rs.OpAuthorize, Err: &rs.Error{Kind: rs.ErrForbidden, Reason: rs.ReasonApplication}},
			"rs.authorize Unset : lasuite.rs.kind=forbidden lasuite.rs.reason=application",
		},
		{"introspected", rs.Event{Op: rs.OpIntrospect}, "rs.introspect Unset : "},
		{
			"timeout", rs.Event{Op: rs.OpIntrospect, Err: timeout},
			"rs.introspect Error introspection_timeout: error.type=introspection_timeout " + unavailable + "introspection_timeout",
		},
		{
			"gone", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCanceled}},
			"rs.introspect Unset : " + unavailable + "canceled",
		},
		{
			"credentials", rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Reason: rs.ReasonClientCredentials}},
			"rs.introspect Error client_credentials: error.type=client_credentials lasuite.rs.kind=internal error lasuite.rs.reason=client_credentials",
		},
		{"keys", rs.Event{Op: rs.OpFetchKeys}, "rs.fetch_keys Unset : "},
		{
			"no keys", rs.Event{Op: rs.OpFetchKeys, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonKeysUnavailable}},
			"rs.fetch_keys Error keys_unavailable: error.type=keys_unavailable " + unavailable + "keys_unavailable",
		},
		{
			"circuit opened", rs.Event{Op: rs.OpCircuit, Err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCircuitOpen}},
			"rs.circuit Error circuit_open: error.type=circuit_open " + unavailable + "circuit_open",
		},
		{"circuit closed", rs.Event{Op: rs.OpCircuit}, "rs.circuit Unset : "},
		{
			"all unknown", rs.Event{Op: "a", Cache: "b", Err: &rs.Error{Kind: 200, Reason: "c"}},
			"rs.other Error other: error.type=other lasuite.rs.cache=other lasuite.rs.kind=internal error lasuite.rs.reason=other",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, false)
			k.observer.End(k.observer.Begin(t.Context(), test.event.Op), test.event)
			var got []string
			for _, span := range k.spans.GetSpans() {
				got = append(got, fmt.Sprintf("%s %v %s: %s", span.Name, span.Status.Code, span.Status.Description, write(span.Attributes)))
				if span.SpanKind != trace.SpanKindInternal || len(span.Events) > 0 {
					t.Errorf("%s is of kind %v and has events %v", span.Name, span.SpanKind, span.Events)
				}
			}
			if !slices.Equal(got, []string{test.want}) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// A cache that fails is an event of the span around it.
func TestCacheFailure(t *testing.T) {
	t.Parallel()
	k := newKit(t, false)
	ctx := k.observer.Begin(t.Context(), rs.OpAuthenticate)
	k.observer.End(k.observer.Begin(ctx, rs.OpCache), rs.Event{Op: rs.OpCache, Err: errors.New("alice")})
	k.observer.End(ctx, rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss})
	spans := k.spans.GetSpans()
	if len(spans) != 1 || len(spans[0].Events) != 1 {
		t.Fatalf("got %v, want one span with one event", spans)
	}
	event := spans[0].Events[0]
	got, want := event.Name+" "+write(event.Attributes), "rs.cache error.type=unexpected lasuite.rs.kind=internal error lasuite.rs.reason=unexpected"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Two observers, and a span that an application began in between: each ends its own.
func TestOwnSpan(t *testing.T) {
	t.Parallel()
	first, second := newKit(t, false), newKit(t, false)
	both := rs.Observers(first.observer, second.observer)
	ctx := both.Begin(t.Context(), rs.OpIntrospect)
	both.End(ctx, rs.Event{Op: rs.OpIntrospect, Err: timeout})
	for _, k := range []*kit{first, second} {
		if spans := k.spans.GetSpans(); len(spans) != 1 || len(spans[0].Attributes) != 3 {
			t.Errorf("got %v, want one span", spans)
		}
	}
}

func TestNoAuthenticate(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	ctx, request := k.provider.Tracer("app").Start(t.Context(), "GET /documents")
	ctx = k.observer.Begin(ctx, rs.OpAuthenticate)
	inner := k.observer.Begin(ctx, rs.OpIntrospect)
	k.observer.End(inner, rs.Event{Op: rs.OpIntrospect})
	k.observer.End(ctx, rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheMiss})
	k.observer.End(k.observer.Begin(ctx, rs.OpAuthorize), rs.Event{Op: rs.OpAuthorize, Err: inactive})
	request.End()
	spans := k.spans.GetSpans()
	if len(spans) != 2 || spans[0].Name != "rs.introspect" || spans[0].Parent.SpanID() != spans[1].SpanContext.SpanID() || len(spans[1].Attributes) > 0 {
		t.Errorf("got %v, want rs.introspect in the application's own", spans)
	}
	want := "rs.authorize lasuite.rs.kind=invalid token lasuite.rs.reason=inactive"
	if events := spans[1].Events; len(events) != 1 || events[0].Name+" "+write(events[0].Attributes) != want {
		t.Errorf("the application's span has the events %v, want %s", events, want)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	if got := k.circuit(t); got != 0 {
		t.Errorf("at the start the circuit is %d", got)
	}
	for range 2 {
		k.observer.End(t.Context(), rs.Event{Op: rs.OpIntrospect, Duration: 250 * time.Millisecond, Err: timeout})
	}
	k.observer.End(t.Context(), rs.Event{Op: rs.OpCircuit, Err: timeout})
	if got := k.circuit(t); got != 1 {
		t.Errorf("the circuit opened: got %d", got)
	}
	k.observer.End(t.Context(), rs.Event{Op: rs.OpCircuit})
	if got := k.circuit(t); got != 0 {
		t.Errorf("the circuit closed: got %d", got)
	}
	for _, point := range k.metrics(t)["lasuite.rs.operation.duration"].(metricdata.Histogram[float64]).DataPoints {
		if op, _ := point.Attributes.Value("lasuite.rs.op"); op.AsString() != "introspect" {
			continue
		}
		got := fmt.Sprint(write(point.Attributes.ToSlice()), ": ", point.Count, " ", point.Sum)
		want := "error.type=introspection_timeout lasuite.rs.kind=authorization server unavailable lasuite.rs.op=introspect " +
			"lasuite.rs.reason=introspection_timeout: 2 0.5"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Whatever words come, the number of series is bounded.
func TestCardinality(t *testing.T) {
	t.Parallel()
	k := newKit(t, true)
	flood := func(n int) int {
		for i := range n {
			word := strconv.Itoa(i)
			for _, err := range []error{errors.New(word), &rs.Error{Kind: rs.Kind(i), Reason: rs.Reason(word)}} {
				k.observer.End(t.Context(), rs.Event{Op: rs.Op(word), Cache: rs.CacheStatus(word), Err: err})
			}
		}
		return len(k.metrics(t)["lasuite.rs.operation.duration"].(metricdata.Histogram[float64]).DataPoints)
	}
	if few, many := flood(10), flood(1000); few != many {
		t.Errorf("the words of 1000 events make %d series, those of 10 make %d", many, few)
	}
}

// Every word of package rs is known, and so none becomes "other".
func TestWordsAreThoseOfRS(t *testing.T) {
	t.Parallel()
	k := newKit(t, false)
	var want []string
	tell := func(attribute string, ev rs.Event) {
		want = append(want, attribute)
		k.observer.End(k.observer.Begin(t.Context(), ev.Op), ev)
	}
	for _, reason := range rs.Reasons() {
		tell("lasuite.rs.reason="+string(reason), rs.Event{Op: rs.OpIntrospect, Err: &rs.Error{Reason: reason}})
	}
	for _, status := range rs.CacheStatuses() {
		tell("lasuite.rs.cache="+string(status), rs.Event{Op: rs.OpAuthenticate, Cache: status})
	}
	for i, span := range k.spans.GetSpans() {
		if !slices.Contains(strings.Split(write(span.Attributes), " "), want[i]) {
			t.Errorf("a span has %s, want %s", write(span.Attributes), want[i])
		}
	}
}

// Without providers the global ones are meant; they do nothing until somebody sets them.
func TestGlobalProviders(t *testing.T) {
	t.Parallel()
	observer, err := rsotel.New(rsotel.Config{})
	if err != nil {
		t.Fatal(err)
	}
	observer.End(observer.Begin(t.Context(), rs.OpIntrospect), rs.Event{Op: rs.OpIntrospect, Err: timeout})
}

type refusing struct{ metric.MeterProvider }

func (refusing) Meter(string, ...metric.MeterOption) metric.Meter {
	return refusingMeter{metricnoop.Meter{}}
}

type refusingMeter struct{ metric.Meter }

func (refusingMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return metricnoop.Float64Histogram{}, errors.New("no")
}

func TestInstrumentRefused(t *testing.T) {
	t.Parallel()
	if _, err := rsotel.New(rsotel.Config{MeterProvider: refusing{metricnoop.NewMeterProvider()}}); err == nil || err.Error() != "rsotel: make the instruments: no" {
		t.Errorf("got %v", err)
	}
}

// Whatever goes wrong: no token, no secret and no claim, in no span and no measurement.
func TestNoSpanTellsASecret(t *testing.T) {
	t.Parallel()
	leaktest.Run(t, func(t *testing.T, cfg *rs.Config) func() string {
		k := newKit(t, false)
		cfg.Observer = k.observer
		cfg.WrapTransport = k.observer.Transport
		return func() string { return k.all(t) }
	})
}

// all is everything that was told.
func (k *kit) all(t *testing.T) string {
	t.Helper()
	var told strings.Builder
	for _, span := range k.spans.GetSpans() {
		fmt.Fprintf(&told, "%s %v %s %+v\n", span.Name, span.Status, write(span.Attributes), span.Events)
	}
	fmt.Fprintf(&told, "%+v", k.metrics(t))
	return told.String()
}

func BenchmarkHit(b *testing.B) {
	for name, noAuthenticate := range map[string]bool{"with its span": false, "without": true} {
		b.Run(name, func(b *testing.B) {
			provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
			observer, err := rsotel.New(rsotel.Config{TracerProvider: provider, NoAuthenticate: noAuthenticate})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				observer.End(observer.Begin(context.Background(), rs.OpAuthenticate), rs.Event{Op: rs.OpAuthenticate, Cache: rs.CacheHit})
			}
		})
	}
}
