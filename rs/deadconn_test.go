package rs_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// network is between us and an authorization server, without a socket: so it can be in a bubble.
type network struct {
	accepted chan net.Conn
	end      chan struct{}

	mu    sync.Mutex
	links []*link
}

// connNumber counts connections, from 1, in the context of their requests.
type connNumber struct{}

// newNetwork serves h as TLS with one of the protocols, and is what cfg dials.
func newNetwork(t *testing.T, cfg *rs.Config, protocol string, h http.HandlerFunc) *network {
	t.Helper()
	n := &network{accepted: make(chan net.Conn), end: make(chan struct{})}
	certificate, pool := serverCertificate(t)
	var count atomic.Int32
	server := &http.Server{
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(withConn(ctx, c), connNumber{}, count.Add(1))
		},
		Handler: h, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{protocol}, ClientAuth: tls.RequestClientCert},
		ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute, //nolint:forbidigo // http.Server takes no other kind
	}
	go func() { _ = server.ServeTLS(n, "", "") }()
	t.Cleanup(func() {
		n.silence() // lets go of what was held
		for _, l := range n.links {
			_ = l.Close()
		}
		_ = server.Close() // who would wait for a link that nobody reads
	})
	cfg.HTTPClient, cfg.RootCAs = nil, pool
	cfg.WrapTransport = func(base http.RoundTripper) http.RoundTripper {
		base.(interface{ Template() *http.Transport }).Template().DialContext = func(context.Context, string, string) (net.Conn, error) { return n.dial(), nil }
		return base
	}
	return n
}

// dial is a new link, which works.
func (n *network) dial() net.Conn {
	ours, theirs := net.Pipe()
	l := &link{Conn: ours, silent: make(chan struct{}), closed: make(chan struct{})}
	n.mu.Lock()
	n.links = append(n.links, l)
	n.mu.Unlock()
	n.accepted <- theirs
	return l
}

// silence lets every link of now carry nothing any more, and says how many there are that nobody has closed.
func (n *network) silence() (open int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.links {
		l.hush.Do(func() { close(l.silent) })
	}
	return n.open()
}

// open is how many links nobody has closed.
func (n *network) open() (open int) {
	for _, l := range n.links {
		select {
		case <-l.closed:
		default:
			open++
		}
	}
	return open
}

// Accept, Close and Addr make it a net.Listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.accepted:
		return c, nil
	case <-n.end:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { close(n.end); return nil }
func (n *network) Addr() net.Addr { return &net.IPAddr{} }

// link is our end of a connection.
type link struct {
	net.Conn

	silent, closed chan struct{}
	hush, shut     sync.Once
}

func (l *link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	select {
	case <-l.silent:
		<-l.closed // what comes is lost
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

func (l *link) Write(p []byte) (int, error) {
	select {
	case <-l.silent: // as into the buffers of a kernel that waits for an acknowledgement
		return len(p), nil
	default:
		return l.Conn.Write(p)
	}
}

func (l *link) Close() error {
	l.shut.Do(func() { close(l.closed) })
	return l.Conn.Close()
}

// serverCertificate is good for as.example in the year 2000, when all bubbles begin.
func serverCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"as.example"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: bubbleStart.Add(-time.Hour), NotAfter: bubbleStart.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// A firewall or load balancer that fails over says nothing: connections of before stay open and carry nothing. With HTTP/2 all calls
// share such a one, and each new call would too.
func TestASilentConnectionIsNotUsedForLong(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"h2", "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := live(nil)
				cfg.CacheSize, cfg.CircuitOpen = -1, -1
				n := newNetwork(t, &cfg, protocol, after(time.Millisecond, good()))
				s := newServer(t, cfg)
				var all sync.WaitGroup
				for i := range 8 {
					all.Go(func() { outcome(s, fmt.Sprint("token", i)) })
				}
				all.Wait()
				if got := outcome(s, "token"); got != "" || n.silence() < 1 {
					t.Fatalf("before: got %q", got)
				}
				time.Sleep(time.Second)
				if got := outcome(s, "token"); (got == "") != (protocol == "h2") { // which is found out by a ping, and then repeated
					t.Fatalf("the one that was under way: got %q", got)
				}
				if got := outcome(s, "token"); got != "" {
					t.Errorf("the next: got %q", got)
				}
			})
		})
	}
}

// A caller that leaves says nothing about connections: clients could have them all closed as often as they like.
func TestACallerThatLeavesClosesNobodysConnection(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"h2", "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := live(nil)
				cfg.CacheSize = -1
				hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
				n := newNetwork(t, &cfg, protocol, byToken(t, map[string]http.HandlerFunc{"hangs": hangs}, after(time.Millisecond, good())))
				s := newServer(t, cfg)
				var all sync.WaitGroup
				for i := range 8 {
					all.Go(func() { outcome(s, fmt.Sprint("token", i)) })
				}
				all.Wait()
				ctx, leave := context.WithCancel(t.Context())
				all.Go(func() { _, _ = s.Authenticate(ctx, "hangs") })
				synctest.Wait()
				leave()
				all.Wait()
				synctest.Wait()
				if want := map[string]int{"h2": 1, "http/1.1": 7}[protocol]; n.silence() != want {
					t.Errorf("want %d connections", want)
				}
			})
		})
	}
}

// While others keep it busy, a silent HTTP/2 connection is found out by a ping.
func TestASilentConnectionInUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := live(nil)
		cfg.CacheSize, cfg.CircuitOpen = -1, -1
		n := newNetwork(t, &cfg, "h2", after(time.Millisecond, good()))
		s := newServer(t, cfg)
		outcome(s, "token")
		if n.silence() != 1 {
			t.Fatal("no connection to silence")
		}
		began := time.Now()
		var all sync.WaitGroup
		var mu sync.Mutex
		lost := time.Duration(0) // when the last call began that failed
		for i := range 600 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				start := time.Since(began)
				if outcome(s, fmt.Sprint("token", i)) != "" {
					mu.Lock()
					lost = max(lost, start)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if lost > 5*time.Second {
			t.Errorf("calls failed until %v after the failure, want 5s at most", lost)
		}
	})
}

// What is repeated goes over a connection of its own: the old one may lead to a server that is about to leave.
func TestARepetitionLeavesTheOldConnection(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"h2", "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var leaving atomic.Bool
				cfg := live(nil)
				cfg.CacheSize = -1
				newNetwork(t, &cfg, protocol, func(w http.ResponseWriter, r *http.Request) {
					if leaving.Load() && r.Context().Value(connNumber{}) == int32(1) {
						w.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					good()(w, r)
				})
				s := newServer(t, cfg)
				outcome(s, "token")
				leaving.Store(true)
				if got := outcome(s, "token"); got != "" {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}
