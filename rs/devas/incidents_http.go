package devas

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

var httpIncidents = map[Fault]incident{
	Hang:             {name: "hang", about: "no answer until the client gives up", send: hang},
	Reset:            {name: "reset", about: "the connection is reset before the answer", send: reset},
	Truncated:        {name: "truncated", about: "half of the answer, then the connection is closed", send: truncate},
	SlowDrip:         {name: "slow-drip", about: "the answer at one byte a second", send: drip},
	GarbageBody:      {name: "garbage-body", about: "random bytes under the right media type", http: garbage},
	EmptyBody:        {name: "empty-body", about: "no body under the right media type", http: func(rep *reply) { rep.body = nil }},
	HTML:             {name: "html", about: "200 and a maintenance page", http: maintenance},
	WrongContentType: {name: "wrong-content-type", about: "the right body under another media type", http: mislabel},
	NoContentType:    {name: "no-content-type", about: "the right body without Content-Type", http: func(rep *reply) { rep.header["Content-Type"] = nil }},
	Gzip:             {name: "gzip", about: "compressed, though nobody asked", http: compress},
	Redirect:         {name: "redirect", about: "307 to the same endpoint with a query", http: redirect},
	RateLimited:      {name: "rate-limited", about: "429 with Retry-After: 120", http: rateLimit},

	ServerError:           oauthIncident("server-error", http.StatusInternalServerError, "server_error"),
	InvalidClient:         oauthIncident("invalid-client", http.StatusUnauthorized, "invalid_client"),
	InvalidClientMetadata: oauthIncident("invalid-client-metadata", http.StatusBadRequest, "invalid_client_metadata"),
	InvalidRequest:        oauthIncident("invalid-request", http.StatusBadRequest, "invalid_request"),
	UnsupportedTokenType:  oauthIncident("unsupported-token-type", http.StatusBadRequest, "unsupported_token_type"),
}

// oauthIncident has a description that must not be found anywhere else.
func oauthIncident(name string, status int, code string) incident {
	return incident{
		name: name, about: strconv.Itoa(status) + " " + code,
		http: func(rep *reply) {
			rep.fail(&oauthError{status, code, "these words of the authorization server are for nobody else"})
		},
	}
}

func hang(d *delivery) {
	select {
	case <-d.healed:
		d.write()
	case <-d.r.Context().Done():
		panic(http.ErrAbortHandler) // nobody is there to answer
	}
}

// reset closes the connection with a TCP RST where it can, and aborts the answer where it cannot.
func reset(d *delivery) {
	conn, _, err := http.NewResponseController(d.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // which net/http turns into a connection closed early
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func truncate(d *delivery) {
	d.sent()
	d.reply.header.Set("Content-Length", strconv.Itoa(len(d.reply.body)))
	d.reply.body = d.reply.body[:len(d.reply.body)/2]
	d.reply.write(d.w)
	_ = http.NewResponseController(d.w).Flush()
	panic(http.ErrAbortHandler)
}

func drip(d *delivery) {
	d.sent()
	body, controller := d.reply.body, http.NewResponseController(d.w)
	d.reply.body = nil
	d.reply.write(d.w)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for i := range body {
		if _, err := d.w.Write(body[i : i+1]); err != nil || controller.Flush() != nil {
			return
		}
		select {
		case <-second.C:
		case <-d.healed:
			_, _ = d.w.Write(body[i+1:])
			return
		case <-d.r.Context().Done():
			return
		}
	}
}

// garbage is the same at every run: a test that fails must fail again.
func garbage(rep *reply) {
	block := sha256.Sum256([]byte("garbage"))
	rep.body = nil
	for range 8 {
		rep.body = append(rep.body, block[:]...)
		block = sha256.Sum256(block[:])
	}
}

func maintenance(rep *reply) {
	rep.header.Set("Content-Type", "text/html; charset=utf-8")
	rep.body = []byte("<!doctype html><title>Maintenance</title><p>We will be back soon.</p>\n")
}

func mislabel(rep *reply) {
	if rep.form == plain {
		rep.header.Set("Content-Type", "text/plain; charset=utf-8")
		return
	}
	rep.header.Set("Content-Type", "application/jwt")
	if rep.endpoint == atUserInfo { // where that is the right one
		rep.header.Set("Content-Type", "application/token-introspection+jwt")
	}
}

func compress(rep *reply) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, writeErr := w.Write(rep.body)
	if err := errors.Join(writeErr, w.Close()); err != nil {
		rep.fail(broken(err.Error())) // unreachable: a buffer takes everything
		return
	}
	rep.header.Set("Content-Encoding", "gzip")
	rep.body = b.Bytes()
}

func redirect(rep *reply) {
	rep.status, rep.body = http.StatusTemporaryRedirect, nil
	rep.header.Set("Location", rep.server.base+string(rep.endpoint)+"?redirected")
}

func rateLimit(rep *reply) {
	rep.fail(&oauthError{http.StatusTooManyRequests, "slow_down", "too many requests"})
	rep.header.Set("Retry-After", "120")
}
