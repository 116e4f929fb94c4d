package rsotel_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// headers keeps those of the requests that went out.
type headers struct {
	http.RoundTripper

	mu   sync.Mutex
	seen []http.Header
}

func (h *headers) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.seen = append(h.seen, r.Header.Clone())
	h.mu.Unlock()
	return h.RoundTripper.RoundTrip(r)
}

// One request of the application, down to the calls to the authorization server, is one trace; and that goes on there.
func TestOneTrace(t *testing.T) {
	t.Parallel()
	k, as := newKit(t, false), rstest.NewServer(t)
	cfg := as.Config(rstest.JWT)
	wire := &headers{RoundTripper: cfg.HTTPClient.Transport}
	cfg.HTTPClient.Transport = k.observer.Transport(wire)
	cfg.Observer = k.observer
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(t.Context()) })

	member, err := baggage.NewMember("user", "alice")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	ctx, request := k.provider.Tracer("app").Start(baggage.ContextWithBaggage(t.Context(), bag), "GET /documents")
	if _, err := server.Authenticate(ctx, as.Issue(nil)); err != nil {
		t.Fatal(err)
	}
	request.End()

	spans := k.spans.GetSpans()
	want := []string{
		"GET /documents", "GET /documents > rs.authenticate", "GET /documents > rs.authenticate > rs.introspect",
		"GET /documents > rs.authenticate > rs.introspect > POST", "GET /documents > rs.authenticate > rs.introspect > rs.fetch_keys",
		"GET /documents > rs.authenticate > rs.introspect > rs.fetch_keys > GET",
	}
	if got := paths(spans); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var sent []string
	for _, header := range wire.seen {
		if header.Get("Baggage") != "" {
			t.Errorf("the application's baggage was sent: %s", header.Get("Baggage"))
		}
		sent = append(sent, header.Get("Traceparent"))
	}
	for _, span := range spans {
		id := span.SpanContext
		if parent := fmt.Sprintf("00-%s-%s-01", id.TraceID(), id.SpanID()); slices.Contains(sent, parent) != (span.SpanKind == trace.SpanKindClient) {
			t.Errorf("sent %v, which is wrong about the span %s, %s", sent, span.Name, parent)
		}
	}
}

// paths are the names of spans behind those of their parents, sorted.
func paths(spans tracetest.SpanStubs) []string {
	var all []string
	for _, span := range spans {
		path := span.Name
		for parent := span.Parent; parent.IsValid(); {
			at := slices.IndexFunc(spans, func(s tracetest.SpanStub) bool { return s.SpanContext.SpanID() == parent.SpanID() })
			path = spans[at].Name + " > " + path
			parent = spans[at].Parent
		}
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}

// failing fails with what the other side wrote: at once, or in the middle of the answer.
type failing struct{ atOnce bool }

var errQuoting = errors.New(`malformed HTTP response "the secret token"`)

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.atOnce {
		return nil, errQuoting
	}
	body := io.MultiReader(bytes.NewReader([]byte("{")), errorReader{})
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body), Header: http.Header{}, Request: r}, nil
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errQuoting }

// The error itself goes on to package rs, which must know what it was; the span tells only its type.
func TestErrorsAreNotTold(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []bool{true, false} {
		k := newKit(t, false)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://as.example/introspection", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := (&http.Client{Transport: k.observer.Transport(failing{atOnce})}).Do(request)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		if !errors.Is(err, errQuoting) {
			t.Errorf("at once %v: got %v, want the error itself", atOnce, err)
		}
		told := k.all(t)
		if strings.Contains(told, "malformed") || !strings.Contains(told, "error.type=*errors.errorString") || !strings.Contains(told, "POST {Error }") {
			t.Errorf("at once %v: told %s", atOnce, told)
		}
	}
}

// Without a base it is a transport of our own, which speaks to the network.
func TestTransportOfOurOwn(t *testing.T) {
	t.Parallel()
	k := newKit(t, false)
	var accepts []string
	as := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		accepts = append(accepts, r.Header.Get("Accept-Encoding"), r.Header.Get("Traceparent"))
	}))
	t.Cleanup(as.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, as.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: k.observer.Transport(nil)}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if len(accepts) != 2 || accepts[0] != "" || accepts[1] == "" {
		t.Errorf("got %q, want no compression and a trace", accepts)
	}
}
