package as

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Server is the authorization server on a loopback port. It reads just enough of HTTP to answer a POST of a well-behaved
// client, so that it takes as little as possible of the machine that it shares with what is measured.
//
// The path says how it answers: /json, /jwks, the name of an encryption; /slow as /json but Delay later; /fail with
// 500 Delay later; /hang never.
type Server struct {
	URL   string
	Delay time.Duration // of slow and failing answers

	listener net.Listener
	keys     *Keys
	calls    atomic.Int64
	turn     atomic.Int64
}

// Start listens on a loopback port until Close. Keys may be nil.
func Start(ctx context.Context, k *Keys) (*Server, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + l.Addr().String(), Delay: 300 * time.Millisecond, listener: l, keys: k}
	go s.accept()
	return s, nil
}

// Close stops listening; connections end with their clients.
func (s *Server) Close() { s.listener.Close() }

// Calls is how many introspections were asked for so far.
func (s *Server) Calls() int64 { return s.calls.Load() }

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_ = s.serve(conn) // the end of a connection is no news
		}()
	}
}

func (s *Server) serve(conn net.Conn) error {
	in := bufio.NewReaderSize(conn, 16<<10)
	var out []byte
	for {
		path, form, err := readRequest(in)
		if err != nil {
			return err
		}
		status, mediaType, body, err := s.answer(path, form)
		if err != nil {
			return err
		}
		out = append(out[:0], "HTTP/1.1 "...)
		out = append(out, status...)
		out = append(out, "\r\nContent-Type: "...)
		out = append(out, mediaType...)
		out = append(out, "\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(body)), 10)
		out = append(out, "\r\n\r\n"...)
		if _, err := conn.Write(append(out, body...)); err != nil {
			return err
		}
	}
}

// answer chooses by the path.
func (s *Server) answer(path, form string) (status, mediaType string, body []byte, err error) {
	if path != "/jwks" {
		s.calls.Add(1)
	}
	switch path {
	case "/json":
		return "200 OK", "application/json", Answer(tokenIn(form)), nil
	case "/jwks":
		return "200 OK", "application/jwk-set+json", s.keys.Signer.PublicJWKS(), nil
	case "/slow":
		<-time.After(s.Delay)
		return "200 OK", "application/json", Answer(tokenIn(form)), nil
	case "/fail":
		<-time.After(s.Delay)
		return "500 Internal Server Error", "text/plain", nil, nil
	case "/hang":
		<-time.After(time.Minute)
		return "", "", nil, errors.New("nobody waits that long")
	}
	for _, e := range s.keys.Encryptions {
		if "/"+e.Name == path {
			return "200 OK", "application/token-introspection+jwt", e.Message(int(s.turn.Add(1))), nil
		}
	}
	return "404 Not Found", "text/plain", nil, nil
}

// readRequest reads one request and keeps its path and body.
func readRequest(in *bufio.Reader) (path, body string, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return "", "", err
	}
	fields := strings.Fields(string(line))
	if len(fields) != 3 {
		return "", "", fmt.Errorf("no request line: %d fields", len(fields))
	}
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return "", "", err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return "", "", err
			}
		}
	}
	content := make([]byte, length)
	_, err = io.ReadFull(in, content)
	return fields[1], string(content), err
}
