package rsdoctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// checkDNS looks the name up that is looked up here: with a proxy, that is the proxy's.
func checkDNS(ctx context.Context, p *patient) []Finding {
	name, whose := host(p.target()), p.whose()
	if proxy := p.proxyFor(p.target()); proxy != nil {
		name, whose = proxy.Hostname(), p.whoseProxy()
	}
	if p.cfg.HTTPClient != nil {
		return notChecked("the application has an HTTP client of its own")
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	addresses, err := new(net.Resolver).LookupHost(ctx, name)
	switch {
	case err != nil && p.proxyFor(p.target()) != nil:
		p.wrong = true
		return problem(ProxyFails, fmt.Sprintf("the host %s of the proxy has no address here", printable(name)), p.correctProxy(printable(host(p.target()))))
	case err != nil:
		p.wrong = true
		return problem(DNS, fmt.Sprintf("the host %s of %s has no address here", printable(name), whose),
			"correct the host in "+whose+", or the DNS of this machine")
	case len(addresses) == 1:
		return ok(printable(name) + " has an address")
	}
	return ok(fmt.Sprintf("%s has %d addresses", printable(name), len(addresses)))
}

// checkConnection is the first question to the server, as far as the way there and back goes.
func checkConnection(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("its host was not found")
	}
	r := p.contact(ctx)
	if r.err != nil || p.speaksTLS(ctx, r) {
		p.wrong = true
		return p.explainContact(ctx, r)
	}
	if r.status == http.StatusProxyAuthRequired {
		p.wrong = true
		return problem(ProxyFails, "the proxy wants a password (407)", "write user and password into OIDC_PROXY, as http://user:password@proxy.example:3128; if no proxy is needed, remove "+p.whoseProxy())
	}
	way := ""
	if p.proxyFor(p.target()) != nil {
		way = " through a proxy"
	}
	return ok(fmt.Sprintf("an answer%s after %s", way, r.took.Round(time.Millisecond)))
}

// explainContact says why there is no answer, and which variable is to be corrected.
func (p *patient) explainContact(ctx context.Context, r *reply) []Finding {
	if reason := rs.AsError(r.err); reason != nil && r.err != nil && reason.Reason == rs.ReasonCredentialsUnavailable {
		return problem(CredentialsUnavailable, "our own credentials cannot be had: they cannot be read, or signing with them fails", Hint(reason.Reason))
	}
	if p.speaksTLS(ctx, r) {
		return problem(TLSNeeded, "http is configured, and "+printable(host(p.target()))+" speaks https on that port", p.otherScheme(ctx))
	}
	code, text, fix := p.explainTransport(ctx, r.err, p.target())
	if code == NotTLS {
		fix = p.otherScheme(ctx)
	}
	return problem(code, text, fix)
}

// otherScheme is the remedy for http where https is spoken, and the other way round.
func (p *patient) otherScheme(ctx context.Context) string {
	target, other := p.target(), "http"
	if strings.HasPrefix(target, "http:") {
		other = "https"
	}
	_, rest, _ := strings.Cut(target, "://")
	if p.whose() != "OIDC_OP_URL" {
		return "write " + other + " in " + p.whose() + ", or correct its port"
	}
	if m := readMetadata(p.get(ctx, other+"://"+rest)); m != nil {
		return "set OIDC_OP_URL=" + printable(m.Issuer)
	}
	return "write " + other + " in OIDC_OP_URL, or correct its port"
}

// plainToTLS are how servers say that http arrived where they wait for https: those of Go, nginx and Apache.
var plainToTLS = []string{"HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL-enabled server port"}

// speaksTLS: http was spoken, and the other side waits for TLS. Others say nothing, or an alert that is no HTTP: then
// it is tried.
func (p *patient) speaksTLS(ctx context.Context, r *reply) bool {
	u, err := url.Parse(p.target())
	if err != nil || u.Scheme != "http" || p.proxyFor(p.target()) != nil || p.cfg.HTTPClient != nil {
		return false
	}
	if r.err == nil {
		return r.status == http.StatusBadRequest && slices.ContainsFunc(plainToTLS, func(says string) bool { return strings.Contains(string(r.body), says) })
	}
	if isTimeout(ctx, r.err) || errors.Is(r.err, syscall.ECONNREFUSED) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	port := cmp.Or(u.Port(), "80")
	dialer := tls.Dialer{Config: &tls.Config{ServerName: u.Hostname(), InsecureSkipVerify: true}} //nolint:gosec // G402: nothing is sent: all that matters is whether TLS is spoken
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return false
	}
	_ = connection.Close() // it was of no use but to be made
	return true
}

// whoseProxy is where a proxy was named.
func (p *patient) whoseProxy() string {
	if p.cfg.Proxy != nil {
		return "OIDC_PROXY"
	}
	return "HTTPS_PROXY or HTTP_PROXY"
}

func (p *patient) correctProxy(where string) string {
	if p.cfg.Proxy != nil {
		return "correct OIDC_PROXY, or remove it if " + where + " is reached directly"
	}
	return "correct HTTPS_PROXY (or HTTP_PROXY), or add " + where + " to NO_PROXY if it is reached directly"
}

// soon is when an operator wants to hear of a certificate.
const soon = 21 * 24 * time.Hour

// checkTLS counts the days that the certificate is still good.
func checkTLS(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("there is no connection")
	}
	state := p.contact(ctx).tls
	if state == nil || len(state.PeerCertificates) == 0 {
		return notChecked("the endpoint is http")
	}
	leaf := state.PeerCertificates[0]
	for _, certificate := range state.PeerCertificates {
		if certificate.NotAfter.Before(leaf.NotAfter) && !certificate.IsCA {
			leaf = certificate
		}
	}
	left := leaf.NotAfter.Sub(p.now())
	days := int(left / (24 * time.Hour))
	switch {
	case left <= 0: // only with certificates unchecked
		return problem(TLSExpired, "the certificate has expired", "renew the certificate")
	case left < soon:
		return warning(TLSExpiresSoon, fmt.Sprintf("the certificate expires in %d days", days), "renew the certificate")
	}
	return ok(fmt.Sprintf("good for %d more days, %s", days, tls.VersionName(state.Version)))
}

const (
	clockWarning = 10 * time.Second // django-lasuite's tolerance
	clockProblem = time.Minute
)

// checkClock compares the Date of the answer with our own clock.
func checkClock(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("there is no answer")
	}
	r := p.contact(ctx)
	if r.date.IsZero() {
		return notChecked("the answer has no Date")
	}
	// Date has whole seconds, and was written somewhere between question and answer.
	off := r.date.Add(500 * time.Millisecond).Sub(r.at.Add(-r.took / 2))
	p.clockOff = &off
	text := fmt.Sprintf("the authorization server is %s %s", off.Abs().Round(time.Second), map[bool]string{true: "ahead", false: "behind"}[off > 0])
	const fix = "set both clocks by NTP: tokens and answers are judged by them"
	switch {
	case off.Abs() > clockProblem:
		return problem(Clock, text, fix)
	case off.Abs() > clockWarning:
		return warning(Clock, text, fix)
	}
	return ok("agrees with the authorization server's within seconds")
}
