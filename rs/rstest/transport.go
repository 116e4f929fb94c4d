package rstest

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
)

// NewTransport answers requests with h in memory, without sockets, for every host. It behaves as a connection to an HTTP
// server would: the answer is streamed, ends with the request's context, and breaks off when h panics (with
// http.ErrAbortHandler or anything else). Every request has its own goroutine, which ends when h returns.
func NewTransport(h http.Handler) http.RoundTripper { return &transport{all: h} }

type transport struct {
	all http.Handler // answers for every host; nil: hosts do

	mu    sync.Mutex
	hosts map[string]http.Handler
}

func (t *transport) add(host string, h http.Handler) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hosts[host] = h
}

func (t *transport) handler(host string) (http.Handler, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all != nil {
		return t.all, nil
	}
	if h, found := t.hosts[host]; found {
		return h, nil
	}
	return nil, &net.OpError{Op: "dial", Net: "memory", Err: fmt.Errorf("rstest: no host %q in memory (see Server.Serve)", host)}
}

// RoundTrip is http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	handler, err := t.handler(req.URL.Host)
	if err != nil {
		return nil, err
	}
	// The body is read beforehand: what is sent to a handler in a test is small.
	served, err := serverRequest(req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	w := newResponse(req, cancel)
	go serve(handler, w, served.WithContext(ctx))
	select {
	case <-w.started:
		return w.result()
	case <-req.Context().Done():
		w.abort(req.Context().Err())
		return nil, req.Context().Err()
	}
}

// serve runs the handler as an HTTP server does.
func serve(h http.Handler, w *response, r *http.Request) {
	defer w.cancel() // the context of a request ends with its handler
	stop := context.AfterFunc(r.Context(), func() { w.abort(r.Context().Err()) })
	defer stop()
	defer func() {
		switch err := r.Context().Err(); {
		case recover() != nil:
			w.breakOff()
		case err != nil: // a handler that gave up for that reason has not given its whole answer
			w.abort(err)
		default:
			w.finish()
		}
	}()
	h.ServeHTTP(w, r)
}

// serverRequest is req as the handler sees it.
func serverRequest(req *http.Request) (*http.Request, error) {
	u, err := url.ParseRequestURI(req.URL.RequestURI())
	if err != nil {
		return nil, fmt.Errorf("rstest: %w", err)
	}
	served := &http.Request{
		Method: req.Method, URL: u, RequestURI: req.URL.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Host: req.Host, RemoteAddr: "192.0.2.1:1234",
		Body: http.NoBody, ContentLength: req.ContentLength,
	}
	maps.Copy(served.Header, req.Header)
	maps.DeleteFunc(served.Header, func(_ string, values []string) bool { return len(values) == 0 }) // what is not sent
	if served.Method == "" {
		served.Method = http.MethodGet
	}
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	if req.URL.Scheme == "https" {
		served.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: req.URL.Hostname()}
	}
	if req.Body != nil {
		served.Body, err = bufferBody(req.Body)
	}
	return served, err
}

func bufferBody(body io.Reader) (io.ReadCloser, error) {
	content, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}
