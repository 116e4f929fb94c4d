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
	margin        = 10 * time.Second // what an answer may take beyond the decision

	// headerRoom is for all header lines but one good token. A token that is too long, within reason, gets the 400 that
	// explains it, and not the bare 431 of net/http, whose own default is four times as much.
	headerRoom = 256 << 10
)

// Limits are what the limits of the HTTP server depend on.
type Limits struct {
	Decision time.Duration // longest time that a decision takes
	Token    int           // longest token, in bytes
}

// NewHTTPServer is a server with every limit set.
func NewHTTPServer(h http.Handler, l Limits, logger logrus.FieldLogger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       l.Decision + margin, // less would cancel requests that still wait for their verdict
		WriteTimeout:      l.Decision + margin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerRoom + 2*l.Token,            // base64 makes a token longer by a third
		ErrorLog:          log.New(logWriter{logger}, "", 0), //nolint:forbidigo // http.Server takes no other kind
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
