package rs_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// bodyLimit is the default of Config.MaxResponseSize. What one hostile answer may cost is told in multiples of it: a buffer that
// doubles as it grows asks for four times as much as it ends up with.
const bodyLimit = 1 << 20

// cost is the outcome of one call, and the bytes that this process asked for meanwhile, by sender and receiver. Nothing else may
// run: tests that measure are not parallel.
func cost(s *rs.Server) (reason rs.Reason, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	reason = outcome(s, "token")
	runtime.ReadMemStats(&after)
	return reason, after.TotalAlloc - before.TotalAlloc
}

// rawServer answers each connection with what script writes, without an HTTP server that would correct it.
func rawServer(t *testing.T, script func(w io.Writer)) rs.Config {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					script(conn)
				}
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); conns.Wait() })
	cfg := config(nil)
	cfg.IntrospectionEndpoint, cfg.HTTPClient, cfg.NoRetry = "http://"+listener.Addr().String()+"/introspection", nil, true
	return cfg
}

// endless repeats a piece until the other side has had enough.
func endless(w io.Writer, start, piece string) {
	block := []byte(strings.Repeat(piece, 1+(32<<10)/len(piece)))
	_, err := io.WriteString(w, start)
	for err == nil {
		_, err = w.Write(block)
	}
}

const okJSON = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// TestHostileAnswersOnTheWire: what no HTTP server would send is refused for the right reason, and costs no more than a bounded
// amount of memory, whoever sends without end.
func TestHostileAnswersOnTheWire(t *testing.T) {
	for _, c := range []struct {
		name         string
		start, piece string // piece is sent for ever
		want         rs.Reason
		bound        uint64 // times bodyLimit
	}{
		{"a body without end", okJSON + "\r\n", " ", rs.ReasonTooLarge, 8},
		{"chunks without end", okJSON + "Transfer-Encoding: chunked\r\n\r\n", "1000\r\n" + strings.Repeat(" ", 4096) + "\r\n", rs.ReasonTooLarge, 8},
		{"a length of a terabyte", okJSON + "Content-Length: 1099511627776\r\n\r\n", " ", rs.ReasonTooLarge, 8},
		{"a negative length", okJSON + "Content-Length: -1\r\n\r\n", "{", rs.ReasonTransport, 1},
		{"two lengths", okJSON + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "{", rs.ReasonTransport, 1},
		{"a chunk of 16 exabytes", okJSON + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", " ", rs.ReasonTooLarge, 8},
		{"a chunk size too large to say", okJSON + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n", " ", rs.ReasonTransport, 1},
		{"a chunk extension without end", okJSON + "Transfer-Encoding: chunked\r\n\r\n1;x=", "y", rs.ReasonTransport, 1},
		{"chunks of one byte with long extensions", okJSON + "Transfer-Encoding: chunked\r\n\r\n", "1;" + strings.Repeat("x", 1024) + "\r\n \r\n", rs.ReasonTransport, 1},
		{"trailers without end", okJSON + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "X: y\r\n", rs.ReasonTransport, 1},
		{"another transfer coding", okJSON + "Transfer-Encoding: gzip\r\n\r\n", " ", rs.ReasonTransport, 1},
		{"a status line without end", "HTTP/1.1 200 ", "x", rs.ReasonTransport, 1},
		{"a header line without end", okJSON + "X: ", "y", rs.ReasonTransport, 1},
		{"headers without end", okJSON, "X: y\r\n", rs.ReasonTransport, 4},
		{"headers of all names", okJSON, "X-" + strings.Repeat("y", 50) + ": z\r\n", rs.ReasonTransport, 4},
		{"interim answers without end", "", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", rs.ReasonTransport, 4},
		{"an upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "{}", rs.ReasonTooLarge, 8},
		{"an error page without end", "HTTP/1.1 500 Oops\r\n\r\n", "x", rs.ReasonTooLarge, 8},
		{"a redirect page without end", "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "x", rs.ReasonTooLarge, 8},
		{"compressed without end", okJSON + "Content-Encoding: gzip\r\n\r\n", "x", rs.ReasonBody, 1},
		{"another protocol", "SSH-2.0-OpenSSH_9.9\r\n", "x", rs.ReasonTransport, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, rawServer(t, func(w io.Writer) { endless(w, c.start, c.piece) }))
			got, spent := cost(s)
			t.Logf("%d KiB", spent>>10)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if spent > c.bound*bodyLimit {
				t.Errorf("%d bytes allocated, want at most %d", spent, c.bound*bodyLimit)
			}
		})
	}
}

// TestAnInflatedAnswerIsBounded: an injected client may inflate; the limit counts what comes out.
func TestAnInflatedAnswerIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 1024 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 64<<10)) // 64 MiB, of which 64 KiB remain
	}
	_ = z.Close()
	cfg := rawServer(t, func(w io.Writer) {
		_, _ = io.WriteString(w, okJSON+"Content-Encoding: gzip\r\n\r\n")
		_, _ = w.Write(bomb.Bytes())
	})
	cfg.HTTPClient = &http.Client{Transport: &inflating{}}
	t.Cleanup(cfg.HTTPClient.CloseIdleConnections)
	got, spent := cost(newServer(t, cfg))
	t.Logf("%d KiB", spent>>10)
	if got != rs.ReasonTooLarge || spent > 8*bodyLimit {
		t.Errorf("got %q for %d bytes", got, spent)
	}
}

// TestSlowAnswersEndInTime: the timeout is over all, however the bytes trickle.
func TestSlowAnswersEndInTime(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{
		"nothing": "", "a slow status line": "HTTP/1.1 2", "slow headers": okJSON + "X-Slow: ", "a slow body": okJSON + "\r\n{",
		"slow chunks": okJSON + "Transfer-Encoding: chunked\r\n\r\n1", "interim, then nothing": "HTTP/1.1 102 Processing\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{})
			cfg := rawServer(t, func(w io.Writer) {
				_, _ = io.WriteString(w, start)
				<-ended
			})
			t.Cleanup(func() { close(ended) })
			cfg.Timeout = 50 * time.Millisecond
			if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonTimeout {
				t.Errorf("got %q", got)
			}
		})
	}
}
