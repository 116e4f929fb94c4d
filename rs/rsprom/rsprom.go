// Package rsprom counts and times what a resource server does, for Prometheus.
//
// Make one [Observer] for each rs.Server or rs.Issuers; wrap the registerer with prometheus.WrapRegistererWith to tell several
// apart. What each metric means is in docs/reference/metrics.md; a dashboard and alert rules are in docs/observability. Every
// label is of a small closed set, whatever clients send.
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
	circuit    *prometheus.GaugeVec
	keySet     *prometheus.GaugeVec // it has no value before the first fetch
	caches     *caches
}

// New is an Observer whose metrics are registered with reg, all of them or none. It fails if reg is nil or has them already.
// For rs.Issuers, name the issuers: then what alerts ask for is there before it happens for the first time. The label issuer
// is empty where there is but one.
func New(reg prometheus.Registerer, issuers ...string) (*Observer, error) {
	o := &Observer{
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "operations_total",
			Help: "Operations of the resource server by outcome: decisions on requests, refusals after them, calls to the authorization server, failures of the cache, changes of the circuit breaker.",
		}, []string{"op", "kind", "reason", "cache", "issuer"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "operation_duration_seconds",
			Help:                            "Duration of decisions on requests and of calls to the authorization server.",
			Buckets:                         []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"op", "kind", "issuer"}),
		circuit: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "circuit_open",
			Help: "1 from when the circuit breaker opens until it closes again, 0 otherwise.",
		}, []string{"issuer"}),
		keySet: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "key_set_fetched_timestamp_seconds",
			Help: "When the JWK Set of the authorization server was last fetched, in seconds since the epoch.",
		}, []string{"issuer"}),
		caches: newCaches(),
	}
	if err := register(reg, o.operations, o.durations, o.circuit, o.keySet, o.caches); err != nil {
		return nil, err
	}
	if len(issuers) == 0 {
		issuers = []string{""}
	}
	for _, issuer := range issuers {
		o.expect(issuer)
	}
	return o, nil
}

// expect makes the series that alerts and dashboards look at, so that a rate sees their first increase too.
func (o *Observer) expect(issuer string) {
	for _, status := range rs.CacheStatuses() {
		o.operations.WithLabelValues(string(rs.OpAuthenticate), ok, "", string(status), issuer)
	}
	for _, op := range []rs.Op{rs.OpIntrospect, rs.OpFetchKeys, rs.OpCircuit} {
		o.operations.WithLabelValues(string(op), ok, "", "", issuer)
	}
	for _, failure := range []struct {
		op     rs.Op
		kind   rs.Kind
		reason rs.Reason
	}{
		{rs.OpIntrospect, rs.ErrInternal, rs.ReasonClientCredentials},
		{rs.OpFetchKeys, rs.ErrUnavailable, rs.ReasonKeysUnavailable},
		{rs.OpCircuit, rs.ErrUnavailable, rs.ReasonCircuitOpen},
		{rs.OpCache, rs.ErrInternal, rs.ReasonUnexpected},
	} {
		o.operations.WithLabelValues(string(failure.op), failure.kind.String(), string(failure.reason), "", issuer)
	}
	o.circuit.WithLabelValues(issuer)
}

// Begin does nothing.
func (o *Observer) Begin(ctx context.Context, _ rs.Op) context.Context { return ctx }

// End counts and times the operation.
func (o *Observer) End(_ context.Context, ev rs.Event) {
	op, kind, reason, cache := labels(ev)
	o.operations.WithLabelValues(op, kind, reason, cache, ev.Issuer).Inc()
	switch ev.Op {
	case rs.OpAuthenticate, rs.OpIntrospect:
		o.durations.WithLabelValues(op, kind, ev.Issuer).Observe(ev.Duration.Seconds())
	case rs.OpFetchKeys:
		o.durations.WithLabelValues(op, kind, ev.Issuer).Observe(ev.Duration.Seconds())
		if ev.Err == nil {
			o.keySet.WithLabelValues(ev.Issuer).Set(float64(o.now().UnixMilli()) / 1000)
		}
	case rs.OpCircuit:
		open := 0.0
		if ev.Err != nil {
			open = 1
		}
		o.circuit.WithLabelValues(ev.Issuer).Set(open)
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
