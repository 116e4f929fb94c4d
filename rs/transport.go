package rs

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// newHTTPClient is the client for every call to the authorization server, and its connections, if they are ours. Whatever the
// caller injected, a redirect is an answer and not an instruction (it would carry our secret and the caller's token elsewhere),
// and cookies are not kept.
func newHTTPClient(cfg *Config) (client *http.Client, own *connections) {
	client = new(http.Client)
	if cfg.HTTPClient != nil {
		*client = *cfg.HTTPClient
	} else {
		own = &connections{template: newTransport(cfg), now: cfg.Now}
		client.Transport = own
	}
	if cfg.WrapTransport != nil {
		client.Transport = cfg.WrapTransport(cmp.Or(client.Transport, http.DefaultTransport))
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	return client, own
}

// An HTTP/2 connection that brings nothing for pingAfter is asked whether it lives, and given up if it does not say so within
// pingTimeout. All calls share it: one that a firewall or load balancer dropped without a word would hold up every new token
// until TCP gives up, which is a quarter of an hour.
const (
	pingAfter   = 2 * time.Second
	pingTimeout = 3 * time.Second
)

// newTransport: one authorization server, many callers, so the idle pool is deep. Nothing is decompressed, which leaves no
// room for a bomb; the deadline of every call comes from its context.
func newTransport(cfg *Config) *http.Transport {
	proxy := http.ProxyFromEnvironment
	if cfg.Proxy != nil {
		proxy = http.ProxyURL(cfg.Proxy)
	}
	transport := &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: judgeProxy,
		DialContext:            (&net.Dialer{Timeout: cfg.Timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            cfg.RootCAs,
			InsecureSkipVerify: cfg.InsecureSkipVerify, //nolint:gosec // G402: off unless the operator says so, and then with a warning at every start
		},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    cfg.Timeout,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
	if cfg.ClientCertificate != nil {
		transport.TLSClientConfig.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return cfg.certificate(info.Context())
		}
	}
	return transport
}

// proxyRefusal is a forward proxy that lets us not through. Otherwise net/http has the words of the proxy for it.
type proxyRefusal struct{ status int }

func (e *proxyRefusal) Error() string {
	return fmt.Sprintf("the forward proxy refuses the way to the authorization server (status %d): ask whoever runs it", e.status)
}

func judgeProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return &proxyRefusal{answer.StatusCode}
	}
	return nil
}

// certificate is asked for by every new connection whose other side wants one. A panic in the source would end the
// process: net/http makes the handshake in a goroutine of its own.
func (cfg Config) certificate(ctx context.Context) (certificate *tls.Certificate, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			certificate, err = nil, &certificateError{fmt.Errorf("its source panicked with a value of type %T", panicked)}
		}
	}()
	certificate, err = cfg.ClientCertificate(ctx)
	if err == nil && (certificate == nil || len(certificate.Certificate) == 0) {
		err = errors.New("there is none")
	}
	if err != nil {
		return nil, &certificateError{err}
	}
	return certificate, nil
}

// certificateError is a failure on our own side of the handshake.
type certificateError struct{ err error }

func (e *certificateError) Error() string {
	return "our client certificate could not be had: " + e.err.Error()
}
func (e *certificateError) Unwrap() error { return e.err }
