package rsdoctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// checkDNS looks the name up that is looked up here: with a proxy, that is the proxy's.
func checkDNS(ctx context.Context, p *patient) []Finding {
	name, whose := host(p.cfg.IntrospectionEndpoint), "OIDC_OP_INTROSPECTION_ENDPOINT"
	if proxy := p.proxyFor(p.cfg.IntrospectionEndpoint); proxy != nil {
		name, whose = proxy.Hostname(), "the proxy"
	}
	if p.cfg.HTTPClient != nil {
		return notChecked("the application has an HTTP client of its own")
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	addresses, err := new(net.Resolver).LookupHost(ctx, name)
	if err != nil {
		p.wrong = true
		return problem(DNS, fmt.Sprintf("the host %s of %s has no address here", printable(name), whose),
			"correct the host of "+whose+", or the DNS of this machine")
	}
	return ok(fmt.Sprintf("%s has an address (of %d)", printable(name), len(addresses)))
}

// checkConnection is the first question to the server, as far as the way there and back goes.
func checkConnection(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("its host was not found")
	}
	r := p.first(ctx)
	if r.err == nil {
		way := ""
		if p.proxyFor(p.cfg.IntrospectionEndpoint) != nil {
			way = " through a proxy"
		}
		return ok(fmt.Sprintf("an answer%s after %s", way, r.took.Round(time.Millisecond)))
	}
	p.wrong = true
	code, text, fix := p.explainTransport(ctx, r.err, p.cfg.IntrospectionEndpoint)
	return problem(code, text, fix)
}

// explainTransport finds what broke below HTTP. Errors of net/http may quote what the server sent and are not repeated.
func (p *patient) explainTransport(ctx context.Context, err error, to string) (code Code, text, fix string) {
	where := printable(host(to))
	if code, text, fix := explainTLS(err, where); code != "" {
		return code, text, fix
	}
	if proxy := p.proxyFor(to); proxy != nil && !isTimeout(ctx, err) {
		return ProxyFails, "the proxy " + printable(proxy.Hostname()) + " does not lead to the authorization server",
			"correct OIDC_PROXY (or HTTPS_PROXY), or add the host to NO_PROXY if it is reached directly"
	}
	if _, isDNS := errors.AsType[*net.DNSError](err); isDNS {
		return DNS, "the host " + where + " has no address here", "correct the host of the endpoint, or the DNS of this machine"
	}
	switch {
	case isTimeout(ctx, err):
		return Timeout, "no answer within " + p.cfg.Timeout.String(), "open the way from here to " + where + " (firewall, OIDC_PROXY), or raise OIDC_TIMEOUT"
	case errors.Is(err, syscall.ECONNREFUSED):
		return Unreachable, "nobody listens there: connection refused", "start the authorization server, or correct host and port of the endpoint"
	case errors.Is(err, http.ErrSchemeMismatch):
		return NotTLS, "the other side speaks http, not https", "correct the scheme or the port of the endpoint"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return NotHTTP, "the connection is closed before an answer is complete", "write https in the endpoint if its port is for TLS, else look for a firewall in between"
	}
	return Unreachable, "the call fails below HTTP", "correct host, port and scheme of the endpoint"
}

func isTimeout(ctx context.Context, err error) bool {
	netErr, isNet := errors.AsType[*url.Error](err)
	return ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || isNet && netErr.Timeout()
}

// explainTLS finds what is wrong with a handshake; the empty code means that it is something else.
func explainTLS(err error, where string) (code Code, text, fix string) {
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return TLSUntrusted, "the certificate of " + where + " is signed by an authority that is not trusted here, or comes without its intermediate certificates",
			"name the PEM file of that authority in OIDC_RS_CA_FILE, or let the server send its whole chain"
	}
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return TLSHost, "the certificate is not for the host " + where, "write the host name of the certificate in the endpoint"
	}
	if e, is := errors.AsType[x509.CertificateInvalidError](err); is && e.Reason == x509.Expired {
		return TLSExpired, "the certificate of " + where + " has expired or is not yet valid", "renew the certificate, or correct the clock of this machine"
	}
	if _, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return TLSUntrusted, "the certificate of " + where + " was not accepted", "have it issued for server authentication by an authority that is trusted here"
	}
	if _, is := errors.AsType[tls.RecordHeaderError](err); is || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return NotTLS, where + " does not speak TLS on that port", "correct the scheme or the port of the endpoint"
	}
	if _, is := errors.AsType[tls.AlertError](err); is {
		return TLSFailed, where + " refuses the TLS handshake", "let the server accept TLS 1.2 or newer without a client certificate"
	}
	return "", "", ""
}

// soon is when an operator wants to hear of a certificate.
const soon = 21 * 24 * time.Hour

// checkTLS counts the days that the certificate is still good.
func checkTLS(ctx context.Context, p *patient) []Finding {
	if p.wrong {
		return notChecked("there is no connection")
	}
	state := p.first(ctx).tls
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
	r := p.first(ctx)
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
