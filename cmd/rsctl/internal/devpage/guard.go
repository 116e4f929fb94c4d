package devpage

import (
	"net/http"

	"github.com/gin-lasuite/gin-lasuite/cmd/rsctl/internal/mint"
)

// policy lets the page load what it is made of and send forms to where it came from, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// guard keeps other machines and the pages of other sites out. The address of the peer keeps machines out; the name in
// Host, that a foreign page reads this one under a name of its own (DNS rebinding); CrossOriginProtection, that it
// posts here unseen.
func guard(h http.Handler) http.Handler {
	inner := http.NewCrossOriginProtection().Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "same-origin") // no-referrer would make browsers post with Origin: null
		header.Set("Cache-Control", "no-store")
		if !mint.IsLocal(r) {
			http.Error(w, "this page is for the machine it runs on: open it there, under a loopback address like http://127.0.0.1:9000/", http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r)
	})
}
