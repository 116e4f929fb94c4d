package docs_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// behindProxies is the program of docs/how-to/behind-a-proxy.md.
func behindProxies(server rsgin.Authenticator, proxies []string) (*gin.Engine, error) {
	router := gin.New()
	if err := router.SetTrustedProxies(proxies); err != nil { // nil: nobody; else addresses and networks, as 10.0.0.0/8
		return nil, err
	}
	limited := &rsgin.Options{Failures: &rsgin.FailureLimit{PerMinute: 30}}
	api := router.Group("/api", rsgin.Authenticate(server, limited))

	api.GET("/documents", ok)
	return router, nil
}

// TestSources: each row of the table in docs/how-to/behind-a-proxy.md. A source that has failed as often as it may is refused whatever it
// sends, and no other is.
func TestSources(t *testing.T) {
	t.Parallel()
	for _, row := range rows(read(t, "docs/how-to/behind-a-proxy.md"))[1:] {
		t.Run(row[0]+" "+row[1]+" "+row[2], func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { checkSource(t, row[0], row[1], row[2], row[3]) }) // no failure is forgiven meanwhile
		})
	}
}

func checkSource(t *testing.T, trusted, peer, header, source string) {
	t.Helper()
	server, _ := newServer(t, nil)
	var proxies []string
	if trusted != "nobody" {
		proxies = []string{trusted}
	}
	router, err := behindProxies(server, proxies)
	if err != nil {
		t.Fatal(err)
	}
	send := func(from, forwarded string) int {
		request := rstest.Request("GET", "/api/documents", "made-up")
		request.RemoteAddr = from + ":1234"
		if forwarded != "none" {
			request.Header.Set("X-Forwarded-For", forwarded)
		}
		recorder := httptest.NewRecorder()
		router.ServeHTTP(recorder, request)
		return recorder.Code
	}
	for range 30 {
		if got := send(peer, header); got != http.StatusUnauthorized {
			t.Fatalf("%d, want 401", got)
		}
	}
	from, forwarded := source, "none" // the source itself, as the proxy tells it, or without one
	if proxies != nil {
		from, forwarded = "10.0.0.77", source
	}
	if got := send(from, forwarded); got != http.StatusTooManyRequests {
		t.Errorf("%s is not the source: %d, want 429", source, got)
	}
	if got := send("192.0.2.200", "none"); got != http.StatusUnauthorized {
		t.Errorf("another source: %d, want 401", got)
	}
}
