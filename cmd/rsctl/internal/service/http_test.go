package service_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/service"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs a server whose handler waits until the request or the test lets it go, and calls end once a request waits.
func run(t *testing.T, release <-chan struct{}, grace time.Duration, end func(cancel context.CancelFunc)) error {
	t.Helper()
	waiting := make(chan struct{})
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(waiting)
		<-release
	})
	var log bytes.Buffer
	server := service.NewHTTPServer(h, service.Limits{}, logger(&log))
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- service.Run(ctx, server, l, grace) }()
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String(), http.NoBody)
		if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-waiting
	end(cancel)
	return <-result
}

func TestRunWaitsForRequests(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	err := run(t, release, time.Minute, func(cancel context.CancelFunc) {
		cancel()
		close(release)
	})
	if err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestRunCutsOffInTheEnd(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	err := run(t, release, time.Nanosecond, func(cancel context.CancelFunc) { cancel() })
	if err == nil || !strings.Contains(err.Error(), "were cut off") {
		t.Errorf("Run: %v, want that requests were cut off", err)
	}
}

func TestRunReportsABrokenListener(t *testing.T) {
	t.Parallel()
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	err := service.Run(t.Context(), service.NewHTTPServer(http.NotFoundHandler(), service.Limits{}, logger(&log)), l, time.Second)
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("Run: %v, want %v", err, net.ErrClosed)
	}
}

func TestHTTPServerHasLimitsAndLogs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := service.NewHTTPServer(http.NotFoundHandler(), service.Limits{Decision: time.Minute, Token: 8192}, logger(&log))
	if s.ReadHeaderTimeout == 0 || s.IdleTimeout == 0 || s.ReadTimeout <= time.Minute || s.WriteTimeout <= time.Minute {
		t.Errorf("a limit is missing, or would cut a decision off: %+v", s)
	}
	if s.MaxHeaderBytes < 64<<10 {
		t.Errorf("MaxHeaderBytes is %d: an over-long token would get 431", s.MaxHeaderBytes)
	}
	s.ErrorLog.Print("http: something") //nolint:forbidigo // what net/http does
	if got := log.String(); !strings.Contains(got, `level=warning msg="http: something"`) {
		t.Errorf("the log is %s", got)
	}
}
