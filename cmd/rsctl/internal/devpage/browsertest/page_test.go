package browsertest_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	desktop = 1280
	phone   = 375
)

// follow is what somebody does to have a token of bob. It waits for the next page.
func follow() chromedp.Tasks {
	return chromedp.Tasks{
		chromedp.SetValue(`#sub`, "bob", chromedp.ByQuery),
		press(`input[value="documents:write"]`),
		press(`#mint button[type=submit]`),
		chromedp.WaitVisible(`#new`, chromedp.ByQuery),
	}
}

// TestPage is a morning with the page: every form is used once, and the list of introspections follows by itself.
func TestPage(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	w := newWorld(t)
	said := complaints(ctx)
	run(t, ctx, "open", chromedp.EmulateViewport(desktop, 1000), chromedp.Navigate(w.page), chromedp.WaitVisible(`#mint`, chromedp.ByQuery))

	var token, curl string
	run(t, ctx, "mint", follow(),
		chromedp.Text(`#token`, &token, chromedp.ByQuery), chromedp.Text(`#curl`, &curl, chromedp.ByQuery))
	if want := fmt.Sprintf("curl -H 'Authorization: Bearer %s' %s", token, w.service); curl != want {
		t.Errorf("the command is %s, want %s", curl, want)
	}
	run(t, ctx, "copy", press(`[data-copy=curl]`), sees(`document.getElementById("said").textContent !== ""`))

	if got := w.open(t, ctx, token); got != http.StatusOK {
		t.Errorf("the token is answered with %d", got)
	}
	run(t, ctx, "the list follows", sees(`/active[^]*bob[^]*JWT, signed/.test(document.querySelector("#log .rows li")?.innerText)`))

	run(t, ctx, "load again", chromedp.Reload(), chromedp.WaitVisible(`.notice`, chromedp.ByQuery))
	if strings.Contains(evaluate[string](t, ctx, `document.documentElement.outerHTML`), token) {
		t.Error("the token is shown again")
	}

	run(t, ctx, "revoke", press(`#tokens button`),
		sees(`document.querySelector("#tokens .tag")?.innerText === "revoked"`))
	if got := w.open(t, ctx, token); got != http.StatusUnauthorized {
		t.Errorf("the revoked token is answered with %d", got)
	}
	run(t, ctx, "why it is inactive", sees(`/inactive[^]*bob[^]*revoked/.test(document.querySelector("#log .rows li")?.innerText)`))

	run(t, ctx, "a fault", chromedp.SetValue(`#fault`, "wrong-signature", chromedp.ByQuery),
		press(`#faults button[value=always]`), chromedp.WaitVisible(`.standing`, chromedp.ByQuery))
	if got := w.open(t, ctx, token); got != http.StatusServiceUnavailable {
		t.Errorf("a wrong signature is answered with %d", got)
	}
	run(t, ctx, "the fault in the list", sees(`document.querySelector("#log .rows li").innerText.includes("fault: wrong-signature")`),
		press(`.standing button`), sees(`!document.querySelector(".standing")`))

	run(t, ctx, "rotate", press(`#keys button[value=no]`),
		sees(`document.querySelector(".notice")?.innerText.includes("gone at once")`))
	if text := said(); text != "" {
		t.Errorf("the browser complains:\n%s", text)
	}
}

// TestPageWithoutScript: forms and links do it all.
func TestPageWithoutScript(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	w := newWorld(t)
	run(t, ctx, "mint", emulation.SetScriptExecutionDisabled(true), chromedp.EmulateViewport(desktop, 1000), chromedp.Navigate(w.page), follow())
	token := evaluate[string](t, ctx, `document.getElementById("token").textContent`)
	if evaluate[bool](t, ctx, `[...document.querySelectorAll("[data-copy]")].some(b => b.checkVisibility())`) {
		t.Error("a button is shown that does nothing")
	}
	run(t, ctx, "the list alone", press(`.heading a`), chromedp.WaitVisible(`.empty`, chromedp.ByQuery))
	if got := w.open(t, ctx, token); got != http.StatusOK {
		t.Errorf("the token is answered with %d", got)
	}
	run(t, ctx, "the list keeps itself up to date", chromedp.WaitVisible(`.rows .good`, chromedp.ByQuery))
}

// TestForeignPages: another site can neither post to the page nor read it under a name of its own.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	w := newWorld(t)
	foreign := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(rw, `<!doctype html><form method="post" action="%sdev/page/tokens"><input name="sub" value="eve"><button>Win a prize</button></form>`, w.page)
	}))
	t.Cleanup(foreign.Close)
	run(t, ctx, "post from elsewhere", chromedp.Navigate(foreign.URL), press(`button`),
		sees(`document.body.innerText.includes("cross-origin request")`))
	run(t, ctx, "read under another name", chromedp.Navigate(strings.Replace(w.page, "127.0.0.1", "rebinding.example", 1)),
		sees(`document.body.innerText.includes("for the machine it runs on")`))
	run(t, ctx, "look", chromedp.Navigate(w.page), chromedp.WaitVisible(`#tokens .empty`, chromedp.ByQuery))
}

// TestLooks: nothing sticks out at either width, everything has a name and enough contrast, by day and by night.
func TestLooks(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	w := newWorld(t)
	run(t, ctx, "mint", chromedp.EmulateViewport(desktop, 1000), chromedp.Navigate(w.page), follow())
	fill(t, ctx, w)
	run(t, ctx, "a long name", chromedp.SetValue(`#other_sub`, "zoe.dupont-de-la-tres-longue-adresse@exemple-de-domaine.gouv.fr", chromedp.ByQuery),
		press(`#mint button[type=submit]`), sees(`document.getElementById("new-title").innerText.includes("zoe")`),
		sees(`document.getElementById("other_sub").value.includes("zoe")`))
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{desktop, phone} {
			run(t, ctx, scheme, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
				chromedp.EmulateViewport(width, 900))
			if got := evaluate[int64](t, ctx, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%s, %d wide: the page is %d wide", scheme, width, got)
			}
			for _, problem := range evaluate[[]string](t, ctx, inspect) {
				t.Errorf("%s, %d wide: %s", scheme, width, problem)
			}
		}
	}
}

// TestScreenshots takes the pictures of the documentation. "make screenshots" keeps them, in the directory SCREENSHOTS.
func TestScreenshots(t *testing.T) {
	dir := cmp.Or(os.Getenv("SCREENSHOTS"), t.TempDir())
	ctx := browse(t)
	w := newWorld(t)
	run(t, ctx, "open", chromedp.EmulateViewport(desktop, 1000), chromedp.Navigate(w.page), follow())
	fill(t, ctx, w)
	for _, picture := range []struct {
		name          string
		width, height int64
	}{{"dev-as-desktop.png", desktop, 1120}, {"dev-as-phone.png", phone, 1500}} {
		var shot []byte
		run(t, ctx, picture.name, chromedp.EmulateViewport(picture.width, picture.height),
			chromedp.Evaluate(`scrollTo({top: 0, behavior: "instant"})`, nil),
			chromedp.CaptureScreenshot(&shot))
		shot = lean(t, shot)
		if len(shot) > 100<<10 {
			t.Errorf("%s has %d bytes, want 100 KiB at most", picture.name, len(shot))
		}
		if err := os.WriteFile(filepath.Join(dir, picture.name), shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
