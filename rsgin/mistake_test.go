package rsgin_test

import (
	"fmt"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// TestMistakesShowWhenMounted: what can never work stops the program before it takes requests, and says what to do.
func TestMistakesShowWhenMounted(t *testing.T) {
	t.Parallel()
	const nobody = "rsgin: Authenticate has nobody to ask: look at the error of rs.New or rs.NewIssuers before mounting what it returned"
	limited := func(perMinute int) *rsgin.Options {
		return &rsgin.Options{Failures: &rsgin.FailureLimit{PerMinute: perMinute}}
	}
	for _, c := range []struct {
		name string
		a    rsgin.Authenticator
		opts *rsgin.Options
		want any
	}{
		{"nil", nil, nil, nobody},
		{"nil, optional", nil, &rsgin.Options{Optional: true}, nobody},
		{"no server", (*rs.Server)(nil), nil, nobody},
		{"no issuers", (*rs.Issuers)(nil), nil, nobody},
		{"no limit", newServer(t), &rsgin.Options{}, nil},
		{"a limit", newServer(t), limited(1), nil},
		{"a limit without a number", newServer(t), limited(0), tooFew(0)},
		{"a negative limit", newServer(t), limited(-3), tooFew(-3)},
	} {
		if got := mount(c.a, c.opts); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func tooFew(perMinute int) string {
	return fmt.Sprintf("rsgin: FailureLimit.PerMinute is %d: set it to 1 at least, or leave Options.Failures out for no limit", perMinute)
}

// mount is what Authenticate panics with.
func mount(a rsgin.Authenticator, opts *rsgin.Options) (said any) {
	defer func() { said = recover() }()
	rsgin.Authenticate(a, opts)
	return nil
}
