package rsotel

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Transport is base with a client span for every call, and with the W3C Trace Context headers that let the
// authorization server continue the trace. It is an rs.Config.WrapTransport, or for the Transport of a client of your
// own. Baggage is not sent: what an application puts there is nobody else's business.
//
// A nil base is a transport like the one that package rs makes by itself, without the Proxy, RootCAs and the rest of rs.Config.
func (o *Observer) Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = newTransport()
	}
	return otelhttp.NewTransport(base,
		otelhttp.WithTracerProvider(quietProvider{o.cfg.TracerProvider}),
		otelhttp.WithMeterProvider(o.cfg.MeterProvider),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method }))
}

// newTransport: one authorization server, many callers, so the idle pool is deep. Nothing is decompressed, which leaves no
// room for a bomb.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
}

// otelhttp describes a span that failed with the text of the error, and errors of net/http can quote what the other side
// wrote: the token that it was just sent, for one. The type of the error, which it also tells, is enough.
type (
	quietProvider struct{ trace.TracerProvider }
	quietTracer   struct{ trace.Tracer }
	quietSpan     struct{ trace.Span }
)

func (p quietProvider) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return quietTracer{p.TracerProvider.Tracer(name, options...)}
}

func (t quietTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	ctx, span := t.Tracer.Start(ctx, name, options...) //nolint:spancheck // the caller ends it
	return ctx, quietSpan{span}                        //nolint:spancheck // the caller ends it
}

func (s quietSpan) SetStatus(code codes.Code, _ string) { s.Span.SetStatus(code, "") }

func (s quietSpan) RecordError(error, ...trace.EventOption) {}
