// Package load sends requests over loopback and measures how long they take. It speaks as little HTTP as a kept-alive
// connection to one known server needs, so that most of the machine is left to that server.
package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/stats"
)

// Client holds connections to one server. Runs of one Client must not overlap.
type Client struct {
	conns []*connection
}

// Result of a run.
type Result struct {
	Times   []time.Duration // of every request that counts, in no order
	Elapsed time.Duration   // of the time that counts
	Sent    int             // requests, with those that do not count
}

// PerSecond is how many requests were answered in a second.
func (r Result) PerSecond() float64 { return float64(len(r.Times)) / r.Elapsed.Seconds() }

// Requests gives the raw bytes of the i-th request of a connection.
type Requests func(conn, i int) []byte

// Dial opens n connections.
func Dial(ctx context.Context, addr string, n int) (*Client, error) {
	c := &Client{}
	for range n {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			c.Close()
			return nil, err
		}
		c.conns = append(c.conns, &connection{Conn: conn, buf: make([]byte, 8<<10), times: make([]time.Duration, 0, 1<<14)})
	}
	return c, nil
}

// Close closes the connections.
func (c *Client) Close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

// Saturate sends on every connection as soon as the last answer is there: for a while to warm up, and then for d, which counts.
// Every answer must be 200.
func (c *Client) Saturate(warm, d time.Duration, requests Requests) (Result, error) {
	return c.run(warm, requests, func(start, now time.Time, _, _ int) (sent time.Time, more bool) { return now, now.Sub(start) < d })
}

// Send sends n requests on every connection, as fast as it can.
func (c *Client) Send(n int, requests Requests) (Result, error) {
	return c.run(0, requests, func(_, now time.Time, _, i int) (sent time.Time, more bool) { return now, i < n })
}

// Pace sends at a rate of requests a second, spread over the connections, for d. A time begins when its request is sent.
func (c *Client) Pace(d time.Duration, rate float64, requests Requests) (Result, error) {
	step := time.Duration(float64(time.Second) * float64(len(c.conns)) / rate)
	return c.run(0, requests, func(start, now time.Time, conn, i int) (sent time.Time, more bool) {
		due := time.Duration(i)*step + time.Duration(conn)*step/time.Duration(len(c.conns))
		if due >= d {
			return now, false
		}
		<-time.After(start.Add(due).Sub(now))
		return stats.Now(), true
	})
}

// next says when the i-th request of a connection is sent, if it is, now that the last one was answered. The time that counts
// begins at start.
type next func(start, now time.Time, conn, i int) (sent time.Time, more bool)

// run lets each connection send while it may. It reads the clock once for each request, and allocates only when a connection
// has more answers than ever before.
func (c *Client) run(warm time.Duration, requests Requests, may next) (Result, error) {
	failures := make([]error, len(c.conns))
	sent := make([]int, len(c.conns))
	var all sync.WaitGroup
	start := stats.Now().Add(warm)
	for n, conn := range c.conns {
		all.Go(func() { sent[n], failures[n] = conn.run(start, n, requests, may) })
	}
	all.Wait()
	result := Result{Elapsed: stats.Since(start)}
	for n, conn := range c.conns {
		result.Times = append(result.Times, conn.times...)
		result.Sent += sent[n]
	}
	return result, errors.Join(failures...)
}

// Request is the bytes of a GET with a bearer token.
func Request(path, token string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\n\r\n")
}

type connection struct {
	net.Conn

	buf   []byte
	times []time.Duration // of the present run
}

// run is how many requests were sent on the n-th connection.
func (c *connection) run(start time.Time, n int, requests Requests, may next) (int, error) {
	c.times = c.times[:0]
	now := stats.Now()
	for i := 0; ; i++ {
		sent, more := may(start, now, n, i)
		if !more {
			return i, nil
		}
		if err := c.exchange(requests(n, i)); err != nil {
			return i, err
		}
		now = stats.Now()
		if !sent.Before(start) {
			c.times = append(c.times, now.Sub(sent))
		}
	}
}

var (
	errTooLong = errors.New("load: the answer is longer than expected")
	endOfHead  = []byte("\r\n\r\n")
	lengthName = []byte("\r\nContent-Length: ")
)

// exchange sends one request and reads the answer to its end.
func (c *connection) exchange(request []byte) error {
	if _, err := c.Write(request); err != nil {
		return err
	}
	for n := 0; n < len(c.buf); {
		got, err := c.Read(c.buf[n:])
		if err != nil {
			return err
		}
		n += got
		head, body, whole := bytes.Cut(c.buf[:n], endOfHead)
		if !whole {
			continue
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
			return fmt.Errorf("load: the answer is not 200: %q", head)
		}
		if length, ok := contentLength(head); !ok || len(body) >= length {
			return nil
		}
	}
	return errTooLong
}

func contentLength(head []byte) (int, bool) {
	_, rest, found := bytes.Cut(head, lengthName)
	if !found {
		return 0, false
	}
	value, _, _ := bytes.Cut(rest, []byte("\r"))
	length, err := strconv.Atoi(string(value))
	return length, err == nil
}
