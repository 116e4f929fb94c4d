package demo

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/show"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := Run(t.Context(), &out, false); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(line)); n > 101 {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
}

// TestTellNotices that something is not as it should be.
func TestTellNotices(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.as.Fail(devas.WrongSignature)
	var out strings.Builder
	wrong, err := w.tell(t.Context(), show.New(&out))
	if err != nil {
		t.Fatal(err)
	}
	if len(wrong) == 0 || wrong[0] != "2. A good token" || !strings.Contains(out.String(), "WRONG: the status should have been 200") {
		t.Errorf("wrong steps: %q\n%s", wrong, &out)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	good := outcome{status: 503, retryAfter: "5", body: "abc", asked: make([]devas.Exchange, 1)}
	w := want{status: 503, retryAfter: true, body: "b", asked: true}
	if wrong := good.judge(w); len(wrong) > 0 {
		t.Errorf("judge of what is right: %q", wrong)
	}
	for name, change := range map[string]func(*outcome){
		"status":      func(o *outcome) { o.status = 200 },
		"challenge":   func(o *outcome) { o.challenge = "Bearer" },
		"Retry-After": func(o *outcome) { o.retryAfter = "" },
		"body":        func(o *outcome) { o.body = "" },
		"not asked":   func(o *outcome) { o.asked = nil },
	} {
		o := good
		change(&o)
		if wrong := o.judge(w); len(wrong) != 1 {
			t.Errorf("%s: judge found %q, want one thing", name, wrong)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if err := Run(ctx, &out, true); err == nil {
		t.Error("a canceled demonstration went well")
	}
}

func TestSendReportsAServiceThatIsGone(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.api = "http://127.0.0.1:1" // the port of tcpmux: one that was closed a moment ago may be another test's
	if _, err := w.send(t.Context(), http.MethodGet, "/jwks", ""); err == nil {
		t.Error("a service that is gone has answered")
	}
}
