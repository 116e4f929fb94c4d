// Package explain follows one token through the resource server and tells every step of the decision, without a word from
// the token or from the claims.
package explain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// Token decides about the token as cfg says, but without a cache, and prints how. The error is the refusal, an *[rs.Error],
// or one of [rs.New].
func Token(ctx context.Context, cfg rs.Config, token string, p *show.Printer) error {
	rec := &recorder{}
	cfg.Observer, cfg.Cache = rec, rec
	cfg.CacheTTL = time.Hour // so that rec gets to see the answer; it stores none
	cfg.NoRetry = true       // so that the first thing that goes wrong is told
	server, err := rs.New(cfg)
	if err != nil {
		return err
	}
	line(p, "token", "%s", describeToken(cfg, token))
	line(p, "cache", "not used: every run asks the authorization server")
	describeCall(p, cfg)
	var way steps
	principal, err := server.Authenticate(way.trace(ctx), token)
	refusal := rs.AsError(err)
	_ = server.Close(ctx) // nothing that still runs is of interest
	rec.printCalls(p, cfg)
	rec.printFacts(p, cfg)
	way.print(p)
	if refusal == nil {
		printAcceptance(p, principal)
		return p.Err()
	}
	printRefusal(p, refusal)
	return refusal
}

// line prints beside a heading; an empty heading continues the one before.
func line(p *show.Printer, heading, format string, args ...any) {
	p.Text(show.Plain, fmt.Sprintf("%-9s ", heading), fmt.Sprintf(format, args...))
}

// describeCall says whom the resource server would ask, and how.
func describeCall(p *show.Printer, cfg rs.Config) {
	switch cfg.AccessTokenMode {
	case rs.Local:
		line(p, "call", "none: tokens are judged here, by the keys of the authorization server")
		return
	case rs.LocalThenIntrospect:
		line(p, "local", "a JWT is judged by the keys of the authorization server first")
	case rs.Introspect:
	}
	line(p, "call", "POST %s", discovered(cfg.IntrospectionEndpoint, "introspection_endpoint"))
	line(p, "", "as client %q with %s, for an answer in the form %s", cfg.ClientID, cfg.ClientAuth, cfg.Format)
}

// describeToken says how long the token is and whether it is base64-wrapped, as rs will find.
func describeToken(cfg rs.Config, token string) string {
	text := fmt.Sprintf("%d characters", len(token))
	looked := "asked about"
	if cfg.AccessTokenMode == rs.Local {
		looked = "looked at"
	}
	inner, err := base64.StdEncoding.Strict().DecodeString(token)
	wrapped := err == nil && len(inner) > 0 && utf8.Valid(inner)
	switch {
	case wrapped && cfg.LenientBase64Token:
		return text + fmt.Sprintf(", base64-wrapped: %s are the %d characters inside", looked, len(inner))
	case wrapped:
		return text + ", perhaps base64-wrapped, but OIDC_RS_BASE64_TOKENS is false: " + looked + " as it is"
	case len(token) > len("Bearer ") && strings.EqualFold(token[:len("Bearer ")], "Bearer "):
		return text + ", starting with the word Bearer: give the token alone"
	}
	return text + ", not base64-wrapped: " + looked + " as it is"
}

// discovered names an endpoint that is not configured.
func discovered(endpoint, member string) string {
	return cmp.Or(endpoint, "the "+member+" of the metadata")
}

func printAcceptance(p *show.Printer, principal *rs.Principal) {
	who := "with a subject"
	if principal.Subject == "" {
		who = "without a subject (client credentials?)"
	}
	p.Line(show.Good, "decision  accepted: a token %s, scopes: %d", who, len(principal.Scopes))
	line(p, "client", "is let in")
}

func printRefusal(p *show.Printer, e *rs.Error) {
	p.Line(show.Bad, "decision  refused: %s (%s)", e.Kind.String(), e.Reason)
	if e.Err != nil {
		line(p, "cause", "%s", e.Err)
	}
	if hint := rsdoctor.Hint(e.Reason); hint != "" {
		line(p, "do", "%s", hint)
	}
	answer := answerTo(e)
	line(p, "client", "sees %d %s", answer.status, http.StatusText(answer.status))
	for _, name := range []string{"WWW-Authenticate", "Retry-After"} {
		if value := answer.header.Get(name); value != "" {
			line(p, "", "%s: %s", name, value)
		}
	}
	line(p, "", "%s", strings.TrimSpace(answer.body.String()))
}

// answer is a response as rs writes it.
type answer struct {
	header http.Header
	body   bytes.Buffer
	status int
}

func answerTo(e *rs.Error) *answer {
	a := &answer{header: http.Header{}}
	rs.WriteError(a, e)
	return a
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
