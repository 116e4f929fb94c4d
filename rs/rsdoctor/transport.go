package rsdoctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// explainTransport finds what broke below HTTP. Errors of net/http may quote what the server sent and are not repeated.
func (p *patient) explainTransport(ctx context.Context, err error, to string) (code Code, text, fix string) {
	where := printable(host(to))
	if code, text, fix := p.explainTLS(err, where); code != "" {
		return code, text, fix
	}
	if proxy := p.proxyFor(to); proxy != nil && !isTimeout(ctx, err) {
		return ProxyFails, "the proxy " + printable(proxy.Hostname()) + " of " + p.whoseProxy() + " does not lead to the authorization server", p.correctProxy(where)
	}
	whose := p.whoseURL(to)
	if _, isDNS := errors.AsType[*net.DNSError](err); isDNS {
		return DNS, "the host " + where + " has no address here", "correct the host in " + whose + ", or the DNS of this machine"
	}
	switch {
	case isTimeout(ctx, err):
		text = "no answer within " + p.cfg.Timeout.String()
		if p.cfg.Timeout < shortTimeout {
			return Timeout, text + ", which is very short", "raise OIDC_TIMEOUT: a number is seconds"
		}
		return Timeout, text, "open the way from here to " + where + " (firewall, OIDC_PROXY), or raise OIDC_TIMEOUT"
	case errors.Is(err, syscall.ECONNREFUSED):
		return Unreachable, "nobody listens there: connection refused", "correct host and port in " + whose + ", or start the authorization server"
	case errors.Is(err, http.ErrSchemeMismatch):
		return NotTLS, "the other side speaks http, not https", "correct the scheme or the port in " + whose
	case strings.Contains(err.Error(), "malformed HTTP"):
		return NotHTTP, "what answers there is no HTTP", "correct the port in " + whose
	case cutOff(err):
		return NotHTTP, "the connection is closed before an answer is complete", "correct scheme and port in " + whose + ", and look for a firewall in between"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Unreachable, "there is no route to " + where, "open the way from here to " + where + " (network, firewall, OIDC_PROXY), or correct the host in " + whose
	}
	return Unreachable, "the call fails below HTTP", "correct host, port and scheme in " + whose
}

// cutOff: the connection ended before the answer did.
func cutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// shortTimeout is one that few networks can keep.
const shortTimeout = 200 * time.Millisecond

// whoseURL is the variable that a URL comes from.
func (p *patient) whoseURL(to string) string {
	switch to {
	case p.configured.JWKSEndpoint:
		return "OIDC_OP_JWKS_ENDPOINT"
	case p.cfg.UserInfoEndpoint:
		return "OIDC_OP_USER_ENDPOINT"
	case p.options.JWKSURL:
		return "--jwks-url"
	}
	return p.whose()
}

func isTimeout(ctx context.Context, err error) bool {
	netErr, isNet := errors.AsType[*url.Error](err)
	return ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || isNet && netErr.Timeout()
}

// explainTLS finds what is wrong with a handshake; the empty code means that it is something else.
func (p *patient) explainTLS(err error, where string) (code Code, text, fix string) {
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return TLSUntrusted, "the certificate of " + where + " is signed by an authority that is not trusted here, or comes without its intermediate certificates",
			"name the PEM file of that authority in OIDC_RS_CA_FILE, or let the server send its whole chain"
	}
	if e, is := errors.AsType[x509.HostnameError](err); is {
		return TLSHost, "the certificate is not for the host " + where + namesOf(e.Certificate), "write the host name of the certificate in " + p.whose() + ", or have one issued for " + where
	}
	if e, is := errors.AsType[x509.CertificateInvalidError](err); is && e.Reason == x509.Expired {
		if e.Cert != nil && p.now().Before(e.Cert.NotBefore) {
			return TLSExpired, "the certificate of " + where + " is not valid before " + e.Cert.NotBefore.UTC().Format(time.DateOnly), "correct the clock of this machine, or have the certificate issued anew"
		}
		text = "the certificate of " + where + " has expired"
		if e.Cert != nil {
			text += ", on " + e.Cert.NotAfter.UTC().Format(time.DateOnly)
		}
		return TLSExpired, text, "have the certificate renewed, or correct the clock of this machine"
	}
	if _, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return TLSUntrusted, "the certificate of " + where + " was not accepted", "have it issued for server authentication by an authority that is trusted here"
	}
	if _, is := errors.AsType[tls.RecordHeaderError](err); is || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		return NotTLS, where + " does not speak TLS on that port", "correct the scheme or the port of the endpoint"
	}
	if e, is := errors.AsType[*net.OpError](err); is && e.Op == "remote error" {
		return p.explainAlert(e.Err.Error(), where)
	}
	if p.wanted.Load() && cutOff(err) { // with TLS 1.3 the alert may be overtaken by the end of the connection
		return p.clientCertificate(where)
	}
	if strings.Contains(err.Error(), "tls: ") {
		return TLSFailed, "the TLS handshake with " + where + " fails", "let the server offer TLS 1.2 or newer, with a cipher suite of today"
	}
	return "", "", ""
}

// namesOf tells for whom a certificate is.
func namesOf(certificate *x509.Certificate) string {
	if certificate == nil || len(certificate.DNSNames) == 0 {
		return ""
	}
	return ", but for " + printable(strings.Join(certificate.DNSNames, ", "))
}

// aboutCertificates are the alerts by which a server refuses the certificate of a client, or the lack of one (RFC 8446
// section 6.2).
var aboutCertificates = []string{"certificate required", "bad certificate", "unsupported certificate", "revoked certificate", "expired certificate", "unknown certificate", "access denied"}

// explainAlert is for an alert that the server sent, in the words of crypto/tls.
func (p *patient) explainAlert(alert, where string) (code Code, text, fix string) {
	if slices.ContainsFunc(aboutCertificates, func(a string) bool { return strings.Contains(alert, a) }) {
		return p.clientCertificate(where)
	}
	return TLSFailed, where + " refuses the TLS handshake (" + strings.TrimPrefix(alert, "tls: ") + ")", "let the server accept TLS 1.2 or newer; if it wants a client certificate, set OIDC_RS_CLIENT_CERT_FILE"
}

// clientCertificate is for a server that wants another certificate, or one at all.
func (p *patient) clientCertificate(where string) (code Code, text, fix string) {
	if p.cfg.ClientCertificate == nil {
		return TLSClient, where + " wants a client certificate, and none is configured", "set OIDC_RS_CLIENT_CERT_FILE and OIDC_RS_CLIENT_KEY_FILE to the certificate that is registered there"
	}
	return TLSClient, where + " does not take our client certificate: expired, of an authority that it does not trust, or another than is registered",
		"have the certificate of OIDC_RS_CLIENT_CERT_FILE renewed by an authority that the server trusts, with those between in the same file"
}
