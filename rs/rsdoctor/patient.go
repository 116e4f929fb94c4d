package rsdoctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsenv"
)

// patient is a configuration with what has been learned about it so far.
type patient struct {
	cfg        rs.Config // with what the metadata adds
	configured rs.Config // without
	options    Options
	files      []rsenv.SecretFile // with our secrets
	client     *http.Client
	transport  http.RoundTripper // of client, without what is put around it
	wanted     *atomic.Bool      // a server has asked for a certificate of ours
	now        func() time.Time

	secret   func(context.Context) rs.Secret // of this moment
	first    func(context.Context) *reply    // the answer about no token, asked as configured
	greeting func(context.Context) *reply    // the answer of the first place where metadata may be
	metadata func(context.Context) *metadata // nil: there is none
	keys     func(context.Context) *reply    // the answer with the server's JWK Set
	seen     []sighting                      // where metadata was looked for in vain
	name     *url.URL                        // the issuer, if a server inside has to be called by its name
	clockOff *time.Duration                  // how far the server's clock is ahead of ours; nil: unknown
	noJWT    bool                            // about an unknown token the server gives an answer in plain JSON alone
	wrong    bool                            // something in the way of an answer has been found already
}

func newPatient(cfg rs.Config, o Options) *patient {
	p := &patient{cfg: cfg, configured: cfg, options: o, now: cfg.Now}
	if p.now == nil {
		p.now = time.Now
	}
	p.cfg.Timeout = cmp.Or(p.cfg.Timeout, 5*time.Second)
	p.cfg.SigningAlg = cmp.Or(p.cfg.SigningAlg, "ES256")
	p.cfg.AccessTokenAlg = cmp.Or(p.cfg.AccessTokenAlg, "RS256")
	p.cfg.AudienceClaim = cmp.Or(p.cfg.AudienceClaim, "client_id")
	if len(p.cfg.ResponseAudiences) == 0 {
		p.cfg.ResponseAudiences = []string{p.cfg.ClientID}
	}
	p.wanted = &atomic.Bool{}
	p.client = newClient(&p.cfg, p.wanted)
	if p.transport = p.client.Transport; cfg.WrapTransport != nil {
		p.client.Transport = cfg.WrapTransport(cmp.Or(p.transport, http.DefaultTransport))
	}
	p.secret = once(p.currentSecret)
	p.first = once(func(ctx context.Context) *reply {
		q := p.asConfigured(ctx)
		if q.secret == "" && p.cfg.ClientSecretFrom != nil {
			return &reply{err: &rs.Error{Kind: rs.ErrUnavailable, Reason: rs.ReasonCredentialsUnavailable}, at: p.now()}
		}
		return p.ask(ctx, q)
	})
	p.greeting = once(func(ctx context.Context) *reply { return p.get(ctx, p.places()[0]) })
	p.metadata = once(p.findMetadata)
	p.keys = once(func(ctx context.Context) *reply { return p.get(ctx, p.cfg.JWKSEndpoint) })
	return p
}

// currentSecret is the client secret, also where it comes from a file; empty, if it cannot be had, or the method has none.
func (p *patient) currentSecret(ctx context.Context) rs.Secret {
	if p.cfg.ClientSecretFrom == nil {
		return p.cfg.ClientSecret
	}
	secret, err := p.cfg.ClientSecretFrom(ctx)
	if err != nil {
		return ""
	}
	return secret
}

// once remembers the first result.
func once[T any](f func(context.Context) T) func(context.Context) T {
	var done sync.Once
	var result T
	return func(ctx context.Context) T {
		done.Do(func() { result = f(ctx) })
		return result
	}
}

// newClient goes the way that the service goes: the same proxy, authorities and rules. It follows no redirect.
func newClient(cfg *rs.Config, wanted *atomic.Bool) *http.Client {
	proxy := http.ProxyFromEnvironment
	if cfg.Proxy != nil {
		proxy = http.ProxyURL(cfg.Proxy)
	}
	transport := &http.Transport{
		Proxy: proxy,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs,
			InsecureSkipVerify: cfg.InsecureSkipVerify, //nolint:gosec // G402: what is examined is what the service does
		},
		DisableCompression: true,
		DisableKeepAlives:  true,
	}
	transport.TLSClientConfig.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		wanted.Store(true)
		if cfg.ClientCertificate == nil {
			return &tls.Certificate{}, nil // shows none
		}
		return cfg.ClientCertificate(info.Context())
	}
	client := &http.Client{Transport: transport}
	if cfg.HTTPClient != nil {
		injected := *cfg.HTTPClient
		client = &injected
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar = nil
	return client
}

// proxyFor is the proxy on the way to a URL, or nil.
func (p *patient) proxyFor(raw string) *url.URL {
	transport, ours := p.transport.(*http.Transport)
	u, err := url.Parse(raw)
	if !ours || err != nil || transport.Proxy == nil {
		return nil
	}
	proxy, err := transport.Proxy(&http.Request{URL: u})
	if err != nil {
		return nil
	}
	return proxy
}

// publisher is what *keys.Set and *keys.Ring are, beside decrypters.
type publisher interface{ PublicJWKS() []byte }

// ours is the public half of our keys, nil if it cannot be had.
func (p *patient) ours() []byte {
	if keys, ok := p.cfg.Decrypter.(publisher); ok {
		return keys.PublicJWKS()
	}
	return nil
}

// host is the host of a URL, without its port.
func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
