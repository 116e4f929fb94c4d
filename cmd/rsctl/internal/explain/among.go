package explain

import (
	"context"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// choices are why an issuer decides, for people.
var choices = map[rs.Choice]string{
	rs.ChosenByRequest: "the request is for it",
	rs.ChosenByToken:   "the token says that it is its own",
	rs.ChosenByMemory:  "it remembers the token",
	rs.ChosenByOrder:   "the token does not say whose it is, and it is its turn",
}

// Among lets several issuers decide about the token, without a cache, and prints who was asked, why, and how that went.
// The error is the refusal, an *[rs.Error], or one of [rs.NewIssuers].
func Among(ctx context.Context, cfg rs.IssuersConfig, token string, p *show.Printer) error {
	for i := range cfg.Issuers {
		each := &cfg.Issuers[i]
		each.Cache, each.CacheSize = nil, -1
		each.NoRetry = true // so that the first thing that goes wrong is told
	}
	all, err := rs.NewIssuers(cfg)
	if err != nil {
		return err
	}
	line(p, "token", "%d characters, for %d issuers", len(token), len(cfg.Issuers))
	if cfg.Choose != nil {
		line(p, "hosts", "not looked at: a request for one of them would be decided by its issuer alone (see --issuer)")
	}
	line(p, "cache", "not used: every run asks the authorization servers")
	var way steps
	principal, err := all.Authenticate(way.trace(ctx), token)
	refusal := rs.AsError(err)
	_ = all.Close(ctx) // nothing that still runs is of interest
	way.printAmong(p)
	if refusal == nil {
		printAcceptance(p, principal)
		line(p, "issuer", "%s", principal.Issuer)
		return p.Err()
	}
	printRefusal(p, refusal)
	return refusal
}

// printAmong is print, with a heading for each issuer.
func (s *steps) printAmong(p *show.Printer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range s.all {
		switch {
		case step.Name == rs.StepChoice && step.Reason != "":
			p.Line(show.Bad, "%-9s %s", "issuer", "none of those that are configured ("+string(step.Reason)+")")
		case step.Name == rs.StepChoice:
			p.Line(show.Title, "%-9s %s", "issuer", step.Issuer)
			line(p, "", "asked because %s", choices[step.Choice])
		case step.Name == rs.StepDecision || step.Name == rs.StepCache:
		default:
			printStep(p, "", step)
		}
	}
}
