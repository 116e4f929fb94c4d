package rs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// answer is a whole response of the authorization server, bounded in time and size.
type answer struct {
	status      int
	contentType string // media type in lower case without parameters; "" if missing or malformed
	body        []byte
	retryAfter  time.Duration // zero if not said
	challenge   string        // WWW-Authenticate, of several the list
	age         string        // Age: the seconds that a cache on the way has kept it
	date        string        // Date: when it was made, by the clock of the authorization server
}

// exchange sends req and reads the whole answer, by the deadline of req's context. Errors are of kind ErrUnavailable and
// hold nothing that the other side wrote: that could be the token just sent.
func (s *Server) exchange(req *http.Request) (*answer, *Error) {
	req.Header.Set("User-Agent", "gin-lasuite")
	req.Header.Set("Accept-Encoding", "identity") // without it, every coding would do (RFC 9110 section 12.5.3)
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, s.noAnswer(req.Context(), err)
	}
	defer resp.Body.Close()
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, unavailable(ReasonBody, "compressed, though not asked to be")
	}
	body, err := readAll(io.LimitReader(resp.Body, s.cfg.MaxResponseSize+1), min(resp.ContentLength, s.cfg.MaxResponseSize))
	if err != nil {
		return nil, s.noAnswer(req.Context(), err)
	}
	if int64(len(body)) > s.cfg.MaxResponseSize {
		return nil, unavailable(ReasonTooLarge, fmt.Sprintf("longer than %d bytes", s.cfg.MaxResponseSize))
	}
	return &answer{
		resp.StatusCode, mediaTypeOf(resp.Header["Content-Type"]), body, parseRetryAfter(resp.Header, s.cfg.Now()),
		strings.Join(resp.Header.Values("WWW-Authenticate"), ", "), resp.Header.Get("Age"), resp.Header.Get("Date"),
	}, nil
}

// readAll reads r to its end. size, if it is not negative, is how much is announced: the buffer of an answer of RFC 9701 would
// otherwise be made anew five times while it grows, which costs 1.3 kB.
func readAll(r io.Reader, size int64) ([]byte, error) {
	if size < 0 || size > maxAnnounced {
		return io.ReadAll(r)
	}
	body := make([]byte, 0, size+1) // with room to find the end
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		case len(body) == cap(body): // more than announced
			body = slices.Grow(body, len(body))
		}
	}
}

// maxAnnounced bounds what is reserved for an answer that has yet to come.
const maxAnnounced = 64 << 10

// mediaTypeOf is the one Content-Type in lower case and without parameters; "" if there is none, more than one, or one that
// is malformed.
func mediaTypeOf(contentType []string) string {
	if len(contentType) != 1 {
		return ""
	}
	if only := contentType[0]; only == JSON.mediaType() || only == JWT.mediaType() { // nearly always
		return only
	}
	mediaType, _, err := mime.ParseMediaType(contentType[0])
	if err != nil {
		return ""
	}
	return mediaType
}

// maxRetryAfter bounds what one header of the authorization server can do to us.
const maxRetryAfter = time.Minute

// parseRetryAfter reads delay-seconds or a date (RFC 9110 section 10.2.3), which is one of their clock: so is Date, if it is there.
func parseRetryAfter(answer http.Header, now time.Time) time.Duration {
	header := answer.Get("Retry-After")
	if header == "" { // nearly always, and saying that it is no number and no date takes five allocations
		return 0
	}
	var d time.Duration
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) { // out of range, it is the largest
		d = time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	} else if date, err := http.ParseTime(header); err == nil {
		if theirs, err := http.ParseTime(answer.Get("Date")); err == nil {
			now = theirs
		}
		d = date.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// noAnswer is why there is none. A connection that broke, or fell silent, is seldom alone: those beside it
// lead to where it led, and the next call makes a new one. Not so if the caller left: clients could do that as often as
// they like.
func (s *Server) noAnswer(ctx context.Context, err error) *Error {
	failure := transportError(ctx, err)
	if failure.Reason != ReasonCanceled {
		s.connections.leave()
	}
	return failure
}

// transportError tells operators what broke, in words of our own: errors of net/http can quote what the server sent.
func transportError(ctx context.Context, err error) *Error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return canceled()
	}
	var timeout net.Error
	if ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout() {
		return unreachable(ReasonTimeout, errors.New("no whole answer within the timeout: check that the authorization server can be reached from here"))
	}
	failure := unreachable(ReasonTransport, describeTransport(err))
	failure.repeatable = cutOff(err)
	return failure
}

func unreachable(reason Reason, cause error) *Error {
	return &Error{Kind: ErrUnavailable, Reason: reason, Err: cause, unreachable: true}
}

// canceled: whoever wanted the answer has left, which says nothing about anybody.
func canceled() *Error {
	return &Error{Kind: ErrUnavailable, Reason: ReasonCanceled, Err: context.Canceled, innocent: true, unreachable: true}
}

// cutOff: the connection ended before the answer did, as when a server restarts.
func cutOff(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		cutOffHTTP2(err)
}

func describeTransport(err error) error {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("no address found for the host %q: check its name and the DNS", e.Name)
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return describeCertificate(e.Err)
	}
	if e, ok := errors.AsType[*certificateError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*proxyRefusal](err); ok {
		return e
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "proxyconnect" {
		return errors.New("the forward proxy cannot be reached: check Config.Proxy (OIDC_PROXY), or HTTPS_PROXY where that is not set")
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused: is the authorization server running, and is the port right?")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return errors.New("connection reset")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return errors.New("no route to the authorization server")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), cutOffHTTP2(err):
		return errors.New("the connection was closed before the answer was complete")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return errors.New("the other side does not speak TLS: is the endpoint http, or the port wrong?")
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" { // an alert of crypto/tls
		return errors.New("the TLS handshake was refused: does the other side want a client certificate, or another one?")
	}
	return errors.New("the call failed below HTTP, or the answer was no HTTP")
}

func describeCertificate(err error) error {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return errors.New("the certificate is signed by an unknown authority: add its CA certificate to this service")
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return errors.New("the certificate is for another host name")
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return errors.New("the certificate has expired or is not yet valid: check it, and the clock of this machine")
	}
	return errors.New("the certificate was not accepted")
}
