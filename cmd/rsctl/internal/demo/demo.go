// Package demo shows a protected service at work, with a development authorization server, on loopback ports.
package demo

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
)

// Run tells the whole story to out. With stay it then keeps both servers running until ctx ends. The error says which steps
// went wrong.
func Run(ctx context.Context, out io.Writer, stay bool) error {
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer w.Close()
	p := show.New(out)
	w.introduce(p)
	wrong, err := w.tell(ctx, p)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("these steps went wrong: %s; please report it with the output above", strings.Join(wrong, ", "))
	}
	p.Line(show.Good, "All %d steps went as they should.", len(story))
	if stay {
		w.invite(p)
		<-ctx.Done()
	}
	return p.Err()
}

func (w *world) introduce(p *show.Printer) {
	p.Text(show.Plain, "", "This is a service that lets requests in by access token, and the authorization server that it asks about "+
		"them. Both run in this process, each on a port of its own, with keys made a moment ago.")
	p.Line(show.Plain, "")
	p.Line(show.Plain, "   authorization server   %s  (for development: it gives tokens to anybody)", w.asURL)
	p.Line(show.Plain, "   service                %s", w.api)
	p.Line(show.Plain, "")
	p.Line(show.Plain, "Below, > is what a client sends to the service, < what it gets back, = what went on behind.")
	p.Line(show.Plain, "")
}

// tell goes through the story and returns the titles of the steps that went wrong.
func (w *world) tell(ctx context.Context, p *show.Printer) (wrong []string, err error) {
	tokens := cast(w)
	for i, s := range story {
		p.Line(show.Title, "%d. %s", i+1, s.title)
		if s.before != nil {
			s.before(w, tokens)
			p.Text(show.Note, "   * ", s.event)
		}
		o, err := w.send(ctx, s.method, s.path, tokens[s.token])
		if err != nil {
			return nil, fmt.Errorf("step %d, %s: %w", i+1, s.title, err)
		}
		o.print(p, s, tokens[s.token])
		p.Text(show.Plain, "   Why: ", s.why)
		problems := o.judge(s.want)
		for _, problem := range problems {
			p.Text(show.Bad, "   WRONG: ", problem)
		}
		if len(problems) > 0 {
			wrong = append(wrong, fmt.Sprintf("%d. %s", i+1, s.title))
		}
		p.Line(show.Plain, "")
	}
	return wrong, p.Err()
}

// invite prints commands to go on with.
func (w *world) invite(p *show.Printer) {
	p.Line(show.Plain, "")
	p.Line(show.Title, "Both servers stay up until you press Ctrl-C. Try:")
	p.Line(show.Plain, "   TOKEN=%s", cast(w)[alice])
	p.Line(show.Plain, `   curl -i -H "Authorization: Bearer $TOKEN" %s/api/documents`, w.api)
	p.Line(show.Plain, `   curl -i -H "Authorization: Bearer $TOKEN" -X DELETE %s/api/documents/minutes`, w.api)
	p.Line(show.Plain, "   curl %s/jwks", w.api)
	p.Line(show.Plain, "Make a token of your own, and revoke one:")
	p.Line(show.Plain, "   curl -d sub=dave -d 'scope=documents documents.write' %s%s", w.asURL, mint.Path)
	p.Line(show.Plain, "   curl -u %s:%s -d token=$TOKEN %s", clientID, w.secret, w.as.RevocationEndpoint())
}
