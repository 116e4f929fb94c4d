package browsertest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// fill lets something happen, so that every part of the page has something to show. A new token is shown at the end.
func fill(t *testing.T, ctx context.Context, w world) { //nolint:revive // as chromedp.Run
	t.Helper()
	token := evaluate[string](t, ctx, `document.getElementById("token").textContent`)
	w.open(t, ctx, token)
	w.open(t, ctx, "never-made")
	run(t, ctx, "revoke", press(`#tokens button`), sees(`document.querySelector("#tokens .tag")?.innerText === "revoked"`))
	w.open(t, ctx, token)
	for name, at := range map[string]string{"documents": "", "nobody": "x"} {
		form := "token=t" + at + "&client_id=" + name + "&client_secret=wrong"
		resp, err := http.Post(w.page+"introspect", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	run(t, ctx, "a fault", chromedp.SetValue(`#fault`, "old-iat", chromedp.ByQuery),
		press(`#faults button[value=always]`), chromedp.WaitVisible(`.standing`, chromedp.ByQuery))
	w.open(t, ctx, token)
	run(t, ctx, "a new token", chromedp.SetValue(`#sub`, "alice", chromedp.ByQuery),
		press(`input[value=openid]`), press(`#mint button[type=submit]`), chromedp.WaitVisible(`#new`, chromedp.ByQuery))
	token = evaluate[string](t, ctx, `document.getElementById("token").textContent`)
	w.open(t, ctx, token)
	ask(t, ctx, w.page+"userinfo", token)
	run(t, ctx, "the list", sees(`document.querySelectorAll("#log .rows li").length === 8`))
}

// inspect lists what WCAG 2.2 (AA) would find: controls without a name (4.1.2), text with too little contrast (1.4.3), targets that
// are too small (2.5.8), landmarks and a heading that are missing.
const inspect = `(() => {
	const problems = [];
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, button, a")) {
		if (!e.checkVisibility()) continue;
		const name = e.ariaLabel || e.innerText?.trim() && !e.matches("select") || [...e.labels ?? []].some(l => l.innerText.trim());
		if (!name) problems.push("no name: " + e.outerHTML.slice(0, 80));
		const box = e.closest("label")?.getBoundingClientRect() ?? e.getBoundingClientRect();
		if (box.height < 20 || box.width < 20) problems.push("too small: " + e.outerHTML.slice(0, 80));
	}
	for (const landmark of ["header", "nav", "main", "footer", "h1"])
		if (document.querySelectorAll(landmark).length !== 1) problems.push("not one " + landmark);
	for (const section of document.querySelectorAll("section"))
		if (!document.getElementById(section.getAttribute("aria-labelledby"))) problems.push("a section without a name");
	const colour = text => text.match(/[\d.]+/g).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const ground = e => {
		for (; e; e = e.parentElement) {
			const c = colour(getComputedStyle(e).backgroundColor);
			if (c.length === 3 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	for (const e of document.body.querySelectorAll("*")) {
		if (!e.checkVisibility() || e.matches(".skip, option, optgroup") || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		const [a, b] = [light(colour(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
		const ratio = (a + .05) / (b + .05);
		if (ratio < 4.5) problems.push("contrast " + ratio.toFixed(2) + ": " + e.outerHTML.slice(0, 80));
	}
	return problems;
})()`
