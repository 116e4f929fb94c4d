package rsdoctor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// The two media types that an answer can have (RFC 7662 section 2.2, RFC 9701 section 4).
const (
	mediaJSON = "application/json"
	mediaJWT  = "application/token-introspection+jwt"
)

// question is a way to ask about a token.
type question struct {
	method rs.ClientAuth
	raw    bool // Basic without the form encoding of RFC 6749 section 2.3.1
	secret rs.Secret
	accept string
}

// asConfigured is how the service asks.
func (p *patient) asConfigured(ctx context.Context) question {
	q := question{method: p.cfg.ClientAuth, secret: p.secret(ctx), accept: mediaJWT}
	if p.cfg.Format == rs.JSON {
		q.accept = mediaJSON
	}
	return q
}

// reply is an answer, or why there is none.
type reply struct {
	err       error
	status    int
	mediaType string
	encoding  string // Content-Encoding
	body      []byte
	date      time.Time     // of the Date header; zero: none
	at        time.Time     // our own time when it came
	took      time.Duration // from the question to the end of the answer
	tls       *tls.ConnectionState
	location  string
}

// ask asks about a token that nobody issued: a new one each time, so that no cache on the way helps. The question is the
// resource server's own, with whatever it authenticates; only the answer is kept from it.
func (p *patient) ask(ctx context.Context, q question) *reply {
	cfg := p.cfg
	cfg.ClientAuth, cfg.ClientSecret, cfg.ClientSecretFrom = q.method, q.secret, nil
	cfg.Format, cfg.AccessTokenMode, cfg.UserInfoFormat = rs.JSON, rs.Introspect, rs.JSON
	cfg.Observer, cfg.Cache, cfg.CacheSize, cfg.NoRetry = nil, nil, -1, true
	asker := &asker{patient: p, question: q}
	cfg.WrapTransport = func(http.RoundTripper) http.RoundTripper { return asker } // whose calls go the way of p.client
	server, err := rs.New(cfg)
	if err != nil {
		return &reply{err: err, at: p.now()}
	}
	defer func() { _ = server.Close(context.WithoutCancel(ctx)) }() // nothing that still runs is of interest
	_, err = server.Authenticate(ctx, rand.Text())
	if asker.reply == nil { // its own credentials could not be had
		return &reply{err: err, at: p.now()}
	}
	return asker.reply
}

// asker sends the question of a resource server, and keeps the answer for itself.
type asker struct {
	patient  *patient
	question question
	reply    *reply
}

// RoundTrip is for one question.
func (a *asker) RoundTrip(req *http.Request) (*http.Response, error) {
	p := a.patient
	sent := req.Clone(req.Context())
	p.rename(sent)
	sent.Header.Set("Accept", a.question.accept)
	if a.question.raw {
		sent.SetBasicAuth(p.cfg.ClientID, string(a.question.secret))
	}
	a.reply = p.do(sent)
	if a.reply.err != nil {
		return nil, a.reply.err
	}
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

// get fetches something public.
func (p *patient) get(ctx context.Context, from string) *reply {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return &reply{err: err}
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	p.rename(req)
	return p.do(req)
}

// maxReply bounds an answer, as the service does by default.
const maxReply = 1 << 20

func (p *patient) do(req *http.Request) *reply {
	req.Header.Set("Accept-Encoding", "identity") // as the service does
	began := p.now()
	resp, err := p.client.Do(req)
	if err != nil {
		return &reply{err: err, at: p.now()}
	}
	defer resp.Body.Close()
	r := &reply{status: resp.StatusCode, tls: resp.TLS, location: resp.Header.Get("Location"), encoding: resp.Header.Get("Content-Encoding")}
	r.body, r.err = io.ReadAll(io.LimitReader(resp.Body, maxReply))
	r.at = p.now()
	r.took = r.at.Sub(began)
	r.mediaType, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" where there is none
	r.date, _ = http.ParseTime(resp.Header.Get("Date"))
	return r
}

// oauthError is the error code of an error response (RFC 6749 section 5.2). Its description stays unread.
func (r *reply) oauthError() string {
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(r.body, &body) != nil {
		return ""
	}
	return body.Error
}

func (r *reply) isHTML() bool {
	return r.mediaType == "text/html" || r.mediaType == "application/xhtml+xml"
}

// refused says that our credentials, or the way of sending them, were not taken. A bare 400 or 401 is how servers
// refuse that do not follow RFC 6749.
func (r *reply) refused() bool {
	switch {
	case r.err != nil || r.isHTML():
		return false
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return true
	case r.status == http.StatusBadRequest:
		return r.oauthError() != "invalid_client_metadata" && r.oauthError() != "unsupported_token_type"
	}
	return false
}
