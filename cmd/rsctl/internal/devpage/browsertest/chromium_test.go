package browsertest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test with the browser may take, on a machine that is busy.
const patience = 4 * time.Minute

// chromium is the browser, or a skip that nobody overlooks: a failure where nothing may be skipped.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const why = "no chromium is installed (Debian: apt-get install chromium)"
	if os.Getenv("CI") == "true" {
		t.Fatal("the page must be looked at here: " + why)
	}
	fmt.Fprintf(os.Stderr, "\n*** SKIPPED %s: the page was not looked at.\n*** %s\n\n", t.Name(), why)
	t.Skip(why)
	return ""
}

// browse opens a window of a new browser that knows nothing. The folder of its profile is chromedp's, which does not mind when something
// is still being written while it is removed.
func browse(t *testing.T) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("headless", true), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP rebinding.example 127.0.0.1"),
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience) // outlives t.Context, to end the browser in good order
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the profile is no longer written
		cancel()
	})
	if err := chromedp.Run(ctx, log.Enable()); err != nil {
		t.Fatalf("chromium does not start: %v", err)
	}
	return ctx
}

// complaints collects what the console of the browser says, the violations of the policy of the page above all.
func complaints(ctx context.Context) func() string {
	var mu sync.Mutex
	var all []string
	chromedp.ListenTarget(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			all = append(all, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			all = append(all, e.ExceptionDetails.Error())
		}
	})
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(all, "\n")
	}
}

// run performs actions, or ends the test.
func run(t *testing.T, ctx context.Context, what string, actions ...chromedp.Action) { //nolint:revive // as chromedp.Run
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var body string
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = chromedp.Run(last, chromedp.Evaluate(`document.body.innerText`, &body))
		t.Fatalf("%s: %v; the page says\n%s", what, err, body)
	}
}

// evaluate is the value of an expression in the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T { //nolint:revive // as chromedp.Run
	t.Helper()
	var value T
	run(t, ctx, expression, chromedp.Evaluate(expression, &value))
	return value
}

// sees waits until an expression is true in the page, or in the one that comes after it.
func sees(expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		again := time.NewTicker(50 * time.Millisecond)
		defer again.Stop()
		for {
			var seen bool
			if err := chromedp.Evaluate("Boolean("+expression+")", &seen).Do(ctx); err == nil && seen { // an error: one page replaces another
				return nil
			}
			select {
			case <-again.C:
			case <-ctx.Done():
				return fmt.Errorf("never true: %s: %w", expression, ctx.Err())
			}
		}
	})
}

// press presses a button or follows a link once it is there, wherever it has moved to.
func press(selector string) chromedp.Action {
	return chromedp.Tasks{
		chromedp.WaitVisible(selector, chromedp.ByQuery),
		chromedp.Evaluate("document.querySelector("+strconv.Quote(selector)+").click()", nil),
	}
}
