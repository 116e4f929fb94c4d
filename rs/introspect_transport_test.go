package rs_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestTransportFailuresInWords: what broke, for operators, and nothing that the other side wrote.
func TestTransportFailuresInWords(t *testing.T) {
	t.Parallel()
	untrusted := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	op := func(op string) error { return &net.OpError{Op: op, Err: errors.New("from the wire")} }
	for err, want := range map[error]string{
		&net.DNSError{Name: "as.example", Err: "from the wire"}: `no address found for the host "as.example"`,
		syscall.ECONNREFUSED:                    "connection refused",
		syscall.ECONNRESET:                      "connection reset",
		syscall.EPIPE:                           "connection reset",
		syscall.EHOSTUNREACH:                    "no route",
		syscall.ENETUNREACH:                     "no route",
		io.EOF:                                  "closed before the answer was complete",
		io.ErrUnexpectedEOF:                     "closed before the answer was complete",
		tls.RecordHeaderError{}:                 "does not speak TLS",
		http.ErrSchemeMismatch:                  "does not speak TLS",
		op("remote error"):                      "a client certificate",
		op("read"):                              "failed below HTTP",
		errors.New("from the wire"):             "failed below HTTP",
		untrusted(x509.UnknownAuthorityError{}): "signed by an unknown authority",
		untrusted(x509.HostnameError{Certificate: &x509.Certificate{}}):           "another host name",
		untrusted(x509.CertificateInvalidError{Reason: x509.Expired}):             "has expired or is not yet valid",
		untrusted(x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}): "was not accepted",
		untrusted(errors.New("from the wire")):                                    "was not accepted",
	} {
		cfg := config(newWire())
		cfg.NoRetry = true
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })}
		_, got := newServer(t, cfg).Authenticate(t.Context(), "token")
		if e := refusal(t, got, rs.ErrUnavailable, rs.ReasonTransport); !strings.Contains(e.Error(), want) || strings.Contains(e.Error(), "from the wire") {
			t.Errorf("%T: %q does not say %q", err, e, want)
		}
	}
}

// nobodyThere is where nobody listens: the port of tcpmux. One that was closed a moment ago may be another test's by now.
const nobodyThere = "http://127.0.0.1:1"

func TestTransportErrorsNameTheFix(t *testing.T) {
	t.Parallel()
	cfg, plain := serve(t, good())
	tlsServer := httptest.NewTLSServer(good())
	t.Cleanup(tlsServer.Close)
	otherName := strings.Replace(tlsServer.URL, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		endpoint, want string
		roots          *x509.CertPool
	}{
		{nobodyThere, "connection refused", nil},
		{strings.Replace(plain.URL, "http:", "https:", 1), "does not speak TLS", nil},
		{tlsServer.URL, "unknown authority", x509.NewCertPool()},
		{otherName, "another host name", pool(tlsServer)},
		{tlsServer.URL, "", pool(tlsServer)},
	} {
		cfg := cfg
		cfg.IntrospectionEndpoint, cfg.RootCAs = c.endpoint, c.roots
		_, err := newServer(t, cfg).Authenticate(t.Context(), "token")
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.endpoint, err)
			}
			continue
		}
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonTransport); !strings.Contains(e.Error(), c.want) {
			t.Errorf("%s: %q does not say %q", c.endpoint, e, c.want)
		}
	}
	insecure := cfg
	insecure.IntrospectionEndpoint, insecure.InsecureSkipVerify = tlsServer.URL, true
	if got := outcome(newServer(t, insecure), "token"); got != "" {
		t.Errorf("with checks off: %q", got)
	}
}

func pool(s *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}

func TestTimeoutCoversTheBody(t *testing.T) {
	t.Parallel()
	cfg, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	cfg.Timeout = 50 * time.Millisecond
	if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonTimeout {
		t.Error(got)
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	cfg, proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "internal.example" {
			t.Errorf("asked for %s", r.URL.Host)
		}
		good()(w, r)
	})
	cfg.Proxy, _ = url.Parse(proxy.URL)
	cfg.IntrospectionEndpoint, cfg.InsecureAllowHTTP = "http://internal.example/introspection", true
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Error(got)
	}
}

func TestAConnectionClosedWhileIdleCostsNobodyTheirAnswer(t *testing.T) {
	t.Parallel()
	cfg, as := serve(t, good())
	cfg.CacheSize = -1
	s := newServer(t, cfg)
	for range 3 {
		if got := outcome(s, "token"); got != "" {
			t.Fatal(got)
		}
		as.CloseClientConnections()
	}
}

// TestAProxyThatLetsNobodyThrough is named: whoever looks for the fault must not look for it at the authorization server.
func TestAProxyThatLetsNobodyThrough(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("a %s request", r.Method)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	for at, want := range map[string]string{
		proxy.URL:   "the forward proxy refuses the way to the authorization server (status 407)",
		nobodyThere: "the forward proxy cannot be reached",
	} {
		cfg := config(nil)
		cfg.HTTPClient, cfg.NoRetry = nil, true
		var err error
		if cfg.Proxy, err = url.Parse(at); err != nil {
			t.Fatal(err)
		}
		_, err = newServer(t, cfg).Authenticate(t.Context(), "token")
		if e := refusal(t, err, rs.ErrUnavailable, rs.ReasonTransport); !strings.Contains(e.Error(), want) {
			t.Errorf("got %v, want %s", e, want)
		}
	}
}
