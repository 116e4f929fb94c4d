package explain

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs"
)

// steps collects the steps of one decision.
type steps struct {
	mu  sync.Mutex
	all []rs.Step
}

func (s *steps) trace(ctx context.Context) context.Context {
	return rs.WithTrace(ctx, func(step rs.Step) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, step)
	})
}

// print is a line for each step: its name, how it ended, and how long it took. The last one stands below, as the decision; so
// does the cache, which is not used here.
func (s *steps) print(p *show.Printer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heading := "steps"
	for _, step := range s.all {
		if step.Name == rs.StepDecision || step.Name == rs.StepCache {
			continue
		}
		printStep(p, heading, step)
		heading = ""
	}
}

func printStep(p *show.Printer, heading string, step rs.Step) {
	style := show.Plain
	if step.Reason != "" {
		style = show.Bad
	}
	p.Line(style, "%-9s %-17s %-26s %s", heading, step.Name, cmp.Or(string(step.Reason), "ok"), step.Duration.Round(time.Microsecond))
}
