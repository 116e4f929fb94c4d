package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// outcome is what a request led to, at both ends.
type outcome struct {
	status     int
	challenge  string
	retryAfter string
	body       string
	asked      []devas.Exchange // introspections meanwhile
	verdict    rs.Event
}

// client follows nothing and keeps nothing, so that what is printed is what happened.
var client = &http.Client{
	Timeout:       patience,
	Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send makes one request to the service, with the token if there is one.
func (w *world) send(ctx context.Context, method, path, token string) (outcome, error) {
	asked := len(w.as.Introspections())
	req, err := http.NewRequestWithContext(ctx, method, w.api+path, http.NoBody)
	if err != nil {
		return outcome{}, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return outcome{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return outcome{}, err
	}
	return outcome{
		status:     resp.StatusCode,
		challenge:  resp.Header.Get("WWW-Authenticate"),
		retryAfter: resp.Header.Get("Retry-After"),
		body:       strings.TrimSpace(string(body)),
		asked:      w.as.Introspections()[asked:],
		verdict:    w.observer.Take(),
	}, nil
}

// print shows the exchange: the request, the answer, and what went on behind it.
func (o outcome) print(p *show.Printer, s step, token string) {
	p.Line(show.Plain, "   > %s %s", s.method, s.path)
	if s.token != nobody {
		p.Line(show.Plain, "   > Authorization: Bearer %.8s…  (%s's token)", token, s.token)
	}
	style := show.Good
	if o.status >= http.StatusBadRequest {
		style = show.Bad
	}
	p.Line(style, "   < %d %s", o.status, http.StatusText(o.status))
	for _, h := range [...]struct{ name, value string }{{"WWW-Authenticate", o.challenge}, {"Retry-After", o.retryAfter}} {
		if h.value != "" {
			p.Text(show.Plain, "   < ", h.name+": "+h.value)
		}
	}
	if o.body != "" {
		p.Line(show.Plain, "   < %s", show.Shorten(o.body, show.Width-5))
	}
	if s.token != nobody {
		p.Text(show.Faint, "   = ", o.behind())
	}
}

// behind tells how the service came to its verdict.
func (o outcome) behind() string {
	text := "The authorization server was not asked: its earlier answer was in the cache."
	if len(o.asked) > 0 {
		e := o.asked[len(o.asked)-1]
		text = fmt.Sprintf("The authorization server was asked and answered %d", e.Status)
		if e.Status == http.StatusOK && e.Encrypted {
			text += ", signed with its key and encrypted to the service's (ES256, RSA-OAEP, A256GCM)"
		}
		text += "."
	}
	if e := rs.AsError(o.verdict.Err); e != nil {
		text += fmt.Sprintf(" Only the service's log names the reason: %s.", e.Reason)
	}
	return text
}

// judge lists what is not as the step wants it.
func (o outcome) judge(w want) []string {
	var wrong []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	check(o.status == w.status, "the status should have been %d", w.status)
	check(o.challenge == w.challenge, "WWW-Authenticate should have been %q", w.challenge)
	check((o.retryAfter != "") == w.retryAfter, "Retry-After should be there with 503, and only then")
	check(strings.Contains(o.body, w.body), "the body should have contained %s", w.body)
	check((len(o.asked) > 0) == w.asked, "whether the authorization server is asked should have been: %t", w.asked)
	return wrong
}
