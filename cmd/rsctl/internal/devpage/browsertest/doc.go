// Package browsertest looks at the page of the development authorization server in a real browser: Chromium, driven by
// chromedp. It is a module of its own, so that nobody else has chromedp in a go.sum. It has tests only.
package browsertest
