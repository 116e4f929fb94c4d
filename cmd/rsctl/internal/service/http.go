package service

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	margin        = 10 * time.Second // what an answer may take beyond the call to the authorization server

	// maxHeaderBytes leaves room for a token of the greatest length, base64-wrapped, many times over: one that is too long gets
	// the 400 that explains it, and not the bare 431 of net/http. The default of net/http is four times as much.
	maxHeaderBytes = 256 << 10
)

// NewHTTPServer is a server with every limit set. A call to the authorization server takes introspection at most.
func NewHTTPServer(h http.Handler, introspection time.Duration, logger logrus.FieldLogger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       introspection + margin, // less would cancel requests that still wait for their verdict
		WriteTimeout:      introspection + margin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(logWriter{logger}, "", 0),
	}
}

// logWriter turns the lines of net/http into warnings.
type logWriter struct{ log logrus.FieldLogger }

func (w logWriter) Write(line []byte) (int, error) {
	w.log.Warn(strings.TrimSpace(string(line)))
	return len(line), nil
}

// Run serves until ctx ends, then lets requests under way finish within the grace period. An error means that the server
// did not start, broke, or had to cut requests off.
func Run(ctx context.Context, server *http.Server, listener net.Listener, grace time.Duration) error {
	broken := make(chan error, 1)
	go func() { broken <- server.Serve(listener) }()
	select {
	case err := <-broken:
		return fmt.Errorf("serving failed: %w", err)
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were still running after %s and were cut off", grace), server.Close())
	}
	return nil
}
