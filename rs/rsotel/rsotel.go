// Package rsotel traces and measures what a resource server does, with OpenTelemetry.
//
// An [Observer] makes a span for each decision on a request, each introspection and each fetch of keys;
// [Observer.Transport] one for each HTTP call beneath them, and hands the trace on to the authorization server. Names and
// attributes are in docs/reference/metrics.md. No span holds a token, a secret, a claim, or the text of an error.
package rsotel

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

const scope = "github.com/gin-lasuite/gin-lasuite/rs/rsotel"

// Config tells [New] everything. The zero Config is good where OpenTelemetry is set up globally.
type Config struct {
	TracerProvider trace.TracerProvider // nil: the global one
	MeterProvider  metric.MeterProvider // nil: the global one
	NoAuthenticate bool                 // no span for a decision or a refusal, only for the calls that a decision needs
}

// Observer is an [rs.Observer] that makes spans and measurements. Make one with [New], for each rs.Server. It is safe for
// concurrent use.
type Observer struct {
	cfg      Config
	tracer   trace.Tracer
	duration metric.Float64Histogram
	circuit  metric.Int64Gauge
}

// New is an Observer. It fails if the meter provider refuses an instrument.
func New(cfg Config) (*Observer, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	meter := cfg.MeterProvider.Meter(scope)
	duration, errDuration := meter.Float64Histogram("lasuite.rs.operation.duration",
		metric.WithUnit("s"),
		metric.WithDescription("Duration of decisions on requests and of calls to the authorization server."),
		metric.WithExplicitBucketBoundaries(.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	circuit, errCircuit := meter.Int64Gauge("lasuite.rs.circuit.open",
		metric.WithUnit("1"),
		metric.WithDescription("1 from when the circuit breaker opens until it closes again, 0 otherwise."))
	if err := errors.Join(errDuration, errCircuit); err != nil {
		return nil, fmt.Errorf("rsotel: make the instruments: %w", err)
	}
	circuit.Record(context.Background(), 0)
	return &Observer{cfg: cfg, tracer: cfg.TracerProvider.Tracer(scope), duration: duration, circuit: circuit}, nil
}

// spanKey finds our own span again: other observers may have put theirs into the context since.
type spanKey struct {
	observer *Observer
	op       rs.Op
}

// Begin starts the span of the operation. A failure of the cache has none: it becomes an event of the span around it. With
// NoAuthenticate, so does a refusal after authentication.
func (o *Observer) Begin(ctx context.Context, op rs.Op) context.Context {
	if op == rs.OpAuthenticate && o.cfg.NoAuthenticate || o.isEvent(op) {
		return ctx
	}
	ctx, span := o.tracer.Start(ctx, "rs."+opOf(op), trace.WithSpanKind(trace.SpanKindInternal)) //nolint:spancheck // End ends it
	return context.WithValue(ctx, spanKey{o, op}, span)                                          //nolint:spancheck // End ends it
}

// End ends it, and measures the operation.
func (o *Observer) End(ctx context.Context, ev rs.Event) {
	attrs := describe(ev)
	if span, ok := ctx.Value(spanKey{o, ev.Op}).(trace.Span); ok {
		span.SetAttributes(attrs...)
		if isError(ev.Err) {
			span.SetStatus(codes.Error, reasonOf(ev.Err))
		}
		span.End()
	}
	if o.isEvent(ev.Op) {
		trace.SpanFromContext(ctx).AddEvent("rs."+opOf(ev.Op), trace.WithAttributes(attrs...))
	}
	o.measure(ctx, ev, attrs)
}

// isEvent: the operation takes no time that is worth a span.
func (o *Observer) isEvent(op rs.Op) bool {
	return op == rs.OpCache || op == rs.OpAuthorize && o.cfg.NoAuthenticate
}

func (o *Observer) measure(ctx context.Context, ev rs.Event, attrs []attribute.KeyValue) {
	if ev.Op == rs.OpCircuit {
		var open int64
		if ev.Err != nil {
			open = 1
		}
		o.circuit.Record(ctx, open)
	}
	if o.duration.Enabled(ctx) {
		o.duration.Record(ctx, ev.Duration.Seconds(), metric.WithAttributes(append(attrs, opKey.String(opOf(ev.Op)))...))
	}
}
