// Package rsprom counts and times what a resource server does, for Prometheus.
//
// Make one [Observer] for each rs.Server; wrap the registerer with prometheus.WrapRegistererWith to tell several apart. What each
// metric means is in docs/reference/metrics.md; a dashboard and alert rules are in docs/observability. Every label is
// of a small closed set, whatever clients send.
package rsprom

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

const namespace = "lasuite_rs"

// Observer is an [rs.Observer] that keeps metrics. Make one with [New]. It is safe for concurrent use; its fields must not
// change any more once it is in use.
type Observer struct {
	// Now is the clock of the key set's timestamp; nil: time.Now. Prometheus compares it with its own clock.
	Now func() time.Time

	operations *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	circuit    prometheus.Gauge
	keySet     *prometheus.GaugeVec // without labels: it has no value before the first fetch
}

// New is an Observer whose metrics are registered with reg, all of them or none. It fails if reg is nil or has them already.
func New(reg prometheus.Registerer) (*Observer, error) {
	o := &Observer{
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "operations_total",
			Help: "Operations of the resource server by outcome: decisions on requests, calls to the authorization server, failures of the cache, changes of the circuit breaker.",
		}, []string{"op", "kind", "reason", "cache"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "operation_duration_seconds",
			Help:                            "Duration of decisions on requests and of calls to the authorization server.",
			Buckets:                         []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"op", "kind"}),
		circuit: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "circuit_open",
			Help: "1 from when the circuit breaker opens until it closes again, 0 otherwise.",
		}),
		keySet: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "key_set_fetched_timestamp_seconds",
			Help: "When the JWK Set of the authorization server was last fetched, in seconds since the epoch.",
		}, nil),
	}
	if err := register(reg, o.operations, o.durations, o.circuit, o.keySet); err != nil {
		return nil, err
	}
	o.expect()
	return o, nil
}

// expect makes the series that alerts and dashboards look at, so that a rate sees their first increase too.
func (o *Observer) expect() {
	for _, status := range []rs.CacheStatus{rs.CacheHit, rs.CacheMiss, rs.CacheShared, rs.CacheStale} {
		o.operations.WithLabelValues(string(rs.OpAuthenticate), ok, "", string(status))
	}
	for _, op := range []rs.Op{rs.OpIntrospect, rs.OpFetchKeys, rs.OpCircuit} {
		o.operations.WithLabelValues(string(op), ok, "", "")
	}
	o.operations.WithLabelValues(string(rs.OpIntrospect), rs.ErrInternal.String(), string(rs.ReasonClientCredentials), "")
	o.operations.WithLabelValues(string(rs.OpFetchKeys), rs.ErrUnavailable.String(), string(rs.ReasonKeysUnavailable), "")
	o.operations.WithLabelValues(string(rs.OpCircuit), rs.ErrUnavailable.String(), string(rs.ReasonCircuitOpen), "")
	o.operations.WithLabelValues(string(rs.OpCache), rs.ErrInternal.String(), string(rs.ReasonUnexpected), "")
}

// Begin does nothing.
func (o *Observer) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

// End counts and times the operation.
func (o *Observer) End(_ context.Context, ev rs.Event) {
	op, kind, reason, cache := labels(ev)
	o.operations.WithLabelValues(op, kind, reason, cache).Inc()
	switch ev.Op {
	case rs.OpAuthenticate, rs.OpIntrospect:
		o.durations.WithLabelValues(op, kind).Observe(ev.Duration.Seconds())
	case rs.OpFetchKeys:
		o.durations.WithLabelValues(op, kind).Observe(ev.Duration.Seconds())
		if ev.Err == nil {
			o.keySet.WithLabelValues().Set(float64(o.now().UnixMilli()) / 1000)
		}
	case rs.OpCircuit:
		open := 0.0
		if ev.Err != nil {
			open = 1
		}
		o.circuit.Set(open)
	}
}

func (o *Observer) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now() //nolint:forbidigo // the default of Now
}

// register registers all of them or none.
func register(reg prometheus.Registerer, metrics ...prometheus.Collector) error {
	if reg == nil {
		return errors.New("rsprom: no registerer (give prometheus.DefaultRegisterer, or a registry of your own)")
	}
	if err := reg.Register(collectors(metrics)); err != nil {
		return fmt.Errorf("rsprom: register the metrics (for a second server or cache wrap the registerer with prometheus.WrapRegistererWith): %w", err)
	}
	return nil
}

// collectors are registered as one.
type collectors []prometheus.Collector

func (all collectors) Describe(descs chan<- *prometheus.Desc) {
	for _, each := range all {
		each.Describe(descs)
	}
}

func (all collectors) Collect(metrics chan<- prometheus.Metric) {
	for _, each := range all {
		each.Collect(metrics)
	}
}
