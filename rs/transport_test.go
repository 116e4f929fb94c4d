package rs_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// counter is something around a transport.
type counter struct {
	http.RoundTripper

	calls *atomic.Int32
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// What is put around our own transport keeps what the configuration says of it: here, the authority that it trusts.
func TestWrapTransportKeepsTheSettings(t *testing.T) {
	t.Parallel()
	as := httptest.NewTLSServer(good())
	t.Cleanup(as.Close)
	cfg := config(nil)
	cfg.IntrospectionEndpoint, cfg.HTTPClient = as.URL, nil
	var calls atomic.Int32
	cfg.WrapTransport = func(base http.RoundTripper) http.RoundTripper { return counter{base, &calls} }
	if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonTransport {
		t.Errorf("an authority that nobody trusts: got %q", got)
	}
	cfg.RootCAs = x509.NewCertPool()
	cfg.RootCAs.AddCert(as.Certificate())
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Errorf("an authority that is trusted: got %q", got)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls seen, want 2", calls.Load())
	}
}

// TestSettingsOfOurOwnTransport: its bounds, and what is not configured is left to the environment or to nobody.
func TestSettingsOfOurOwnTransport(t *testing.T) {
	t.Parallel()
	cfg := config(nil)
	cfg.HTTPClient, cfg.Timeout = nil, 3*time.Second
	cfg.WrapTransport = func(base http.RoundTripper) http.RoundTripper {
		own := base.(interface{ Template() *http.Transport }).Template()
		if reflect.ValueOf(own.Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
			t.Error("the proxy is not the environment's")
		}
		if own.TLSClientConfig.GetClientCertificate != nil || own.TLSClientConfig.MinVersion != tls.VersionTLS12 || own.TLSClientConfig.InsecureSkipVerify {
			t.Errorf("TLS: %+v", own.TLSClientConfig)
		}
		if own.TLSHandshakeTimeout != cfg.Timeout || own.MaxResponseHeaderBytes != 64<<10 || !own.DisableCompression || own.MaxIdleConnsPerHost < 16 || own.IdleConnTimeout == 0 {
			t.Errorf("bounds: %+v", own)
		}
		return base
	}
	newServer(t, cfg)
}

// It also goes around a client of the application's own.
func TestWrapTransportAroundHTTPClient(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	cfg := config(newWire().on(endpoint, good()))
	cfg.WrapTransport = func(base http.RoundTripper) http.RoundTripper { return counter{base, &calls} }
	if got := outcome(newServer(t, cfg), "token"); got != "" || calls.Load() != 1 {
		t.Errorf("got %q after %d calls", got, calls.Load())
	}
	given := cfg.HTTPClient.Transport
	if _, ours := given.(*wire); !ours {
		t.Error("the client of the application was changed")
	}
	cfg.HTTPClient = new(http.Client)
	cfg.WrapTransport = func(base http.RoundTripper) http.RoundTripper {
		if base != http.DefaultTransport {
			t.Errorf("a client without a transport: got %v", base)
		}
		return given
	}
	if got := outcome(newServer(t, cfg), "token"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestWrapTransportReturnsNothing(t *testing.T) {
	t.Parallel()
	cfg := config(newWire())
	cfg.WrapTransport = func(http.RoundTripper) http.RoundTripper { return nil }
	_, err := rs.New(cfg)
	if problems := rs.FieldErrors(err); len(problems) != 1 || problems[0].Field != "WrapTransport" {
		t.Errorf("got %v", err)
	}
}

// Connections of our own transport are closed, whatever is put around it.
func TestCloseThroughWrapTransport(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{}, 1)
	as := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		good()(w, r)
	}))
	as.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			select {
			case closed <- struct{}{}:
			default:
			}
		}
	}
	as.Start()
	t.Cleanup(as.Close)
	cfg := config(nil)
	cfg.IntrospectionEndpoint, cfg.HTTPClient = as.URL, nil
	cfg.WrapTransport = func(base http.RoundTripper) http.RoundTripper { return counter{base, new(atomic.Int32)} }
	s := newServer(t, cfg)
	if got := outcome(s, "token"); got != "" {
		t.Fatalf("got %q", got)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-closed
}

// A client of the application's own knows nothing of what is configured for ours.
func TestHTTPClientDropsNothingSilently(t *testing.T) {
	t.Parallel()
	for field, set := range map[string]func(*rs.Config){
		"Proxy":              func(c *rs.Config) { c.Proxy = &url.URL{Scheme: "http", Host: "proxy.example:3128"} },
		"RootCAs":            func(c *rs.Config) { c.RootCAs = x509.NewCertPool() },
		"InsecureSkipVerify": func(c *rs.Config) { c.InsecureSkipVerify = true },
		"ClientCertificate": func(c *rs.Config) {
			c.ClientCertificate = func(context.Context) (*tls.Certificate, error) { return new(tls.Certificate), nil }
		},
	} {
		cfg := config(newWire())
		set(&cfg)
		var fields []string
		for _, problem := range rs.FieldErrors(cfg.Validate()) {
			fields = append(fields, problem.Field)
		}
		if !slices.Equal(fields, []string{field}) {
			t.Errorf("%s with HTTPClient: problems with %q", field, fields)
		}
		cfg.HTTPClient = nil
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s without HTTPClient: %v", field, err)
		}
	}
}
