package authserver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// startTimeouts are how long a start may take before it is given up and tried anew: Node.js 20 hangs before it is ready once in some
// hundred times, its main thread waiting for a lock and all others for work. They grow, as a busy machine with a cold disk may need
// longer than the first of them to load two hundred JavaScript files.
var startTimeouts = []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 80 * time.Second}

// Options say which authorization server to start. The zero Options start version 9 of the current directory.
type Options struct {
	Dir      string            // where server.mjs is; default "."
	Version  string            // "7" or "9"; default "9"
	JWKSURIs map[string]string // client id → where that resource server publishes its public keys
	Clients  []string          // more resource servers, as JSON in the words of RFC 7591; each gets a secret
	Port     int               // on loopback; default: any free one
	Issuer   string            // if the world knows it by another address than the one where it listens
	TLS      string            // directory with server.crt, server.key and ca.crt: opens the door for clients with certificates
}

// Server is a running authorization server. Its exported fields are what it said of itself when it was ready. Its
// methods are safe for concurrent use.
type Server struct {
	Version               string            `json:"version"`
	Port                  int               `json:"port"`
	Issuer                string            `json:"issuer"`
	IntrospectionEndpoint string            `json:"introspection_endpoint"`
	RevocationEndpoint    string            `json:"revocation_endpoint"`
	TokenEndpoint         string            `json:"token_endpoint"`
	JWKSEndpoint          string            `json:"jwks_uri"`
	Control               string            `json:"control"` // base URL of the control door
	Secrets               map[string]string `json:"clients"` // client id → client secret

	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *buffer
	stop   func()
}

// Start runs the server and returns when it is ready. [Server.Stop] must be called in the end; if this process dies
// first, the child ends by itself.
func Start(ctx context.Context, opts Options) (s *Server, err error) {
	for _, timeout := range startTimeouts {
		if s, err = startOnce(ctx, opts, timeout); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			break
		}
	}
	return s, err
}

func startOnce(ctx context.Context, opts Options, timeout time.Duration) (*Server, error) {
	s := &Server{stderr: &buffer{}, cmd: command(opts)}
	s.stop = sync.OnceFunc(s.kill)
	s.cmd.Stderr = s.stderr
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("authserver: %w", err)
	}
	s.stdin = stdin
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("authserver: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("authserver: %w", err)
	}
	if err := s.awaitReady(ctx, stdout, timeout); err != nil {
		s.Stop()
		return nil, fmt.Errorf("authserver: not ready: %w\n%s", err, s.Stderr())
	}
	return s, nil
}

func command(opts Options) *exec.Cmd {
	args := []string{"server.mjs", "--exit-with-stdin"}
	if opts.Version != "" {
		args = append(args, "--version", opts.Version)
	}
	for client, uri := range opts.JWKSURIs {
		args = append(args, "--jwks-uri", client+"="+uri)
	}
	for _, client := range opts.Clients {
		args = append(args, "--client", client)
	}
	if opts.Port != 0 {
		args = append(args, "--port", strconv.Itoa(opts.Port))
	}
	if opts.Issuer != "" {
		args = append(args, "--issuer", opts.Issuer)
	}
	if opts.TLS != "" {
		args = append(args, "--tls", opts.TLS)
	}
	cmd := exec.Command("node", args...)
	cmd.Dir = filepath.Clean(opts.Dir) // "" becomes "."
	return cmd
}

// awaitReady reads the one line that the server prints when it listens.
func (s *Server) awaitReady(ctx context.Context, stdout io.Reader, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ready := make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(stdout).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, s)
		}
		ready <- err
	}()
	select {
	case err := <-ready:
		return err
	case <-ctx.Done():
		s.Stop() // closes stdout, which ends the reader before s is touched by anyone else
		return errors.Join(ctx.Err(), <-ready)
	}
}

// Stop kills the server at once, as an outage would, and waits for its end. Further calls do nothing.
func (s *Server) Stop() { s.stop() }

func (s *Server) kill() {
	_ = s.cmd.Process.Kill() // an error means that it has ended already
	_ = s.stdin.Close()
	_ = s.cmd.Wait() // "signal: killed" is what we asked for
}

// Stderr is what the server has written to standard error so far.
func (s *Server) Stderr() string { return s.stderr.String() }

// buffer is a bytes.Buffer for one writer and several readers at the same time.
type buffer struct {
	mu   sync.Mutex
	data []byte
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data = append(b.data, p...)
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.data)
}
