package rsgin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

func TestFailureLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	router := gin.New()
	if err := router.SetTrustedProxies([]string{"10.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	router.GET("/", rsgin.Authenticate(newServer(t), &rsgin.Options{
		Failures: &rsgin.FailureLimit{PerMinute: 6, Burst: 3, Sources: 2, Now: func() time.Time { return now }},
	}), func(c *gin.Context) { c.Status(http.StatusOK) })
	send := func(peer, forwarded, authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer + ":4711"
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		rec := httptest.NewRecorder()
		router.ServeHTTP(rec, r)
		return rec
	}
	expect := func(step string, rec *httptest.ResponseRecorder, status int) {
		t.Helper()
		if rec.Code != status {
			t.Fatalf("%s: got %d, want %d", step, rec.Code, status)
		}
	}
	for range 20 { // none of these is a failure of the source
		expect("good", send("192.0.2.1", "", "Bearer a"), 200)
		expect("no token", send("192.0.2.1", "", ""), 401)
		expect("outage", send("192.0.2.1", "", "Bearer down"), 503)
	}
	expect("first failure", send("192.0.2.1", "", "Bearer bad"), 401)
	expect("second failure", send("192.0.2.1", "", "Bearer"), 400)
	expect("third failure", send("192.0.2.1", "198.51.100.7", "Bearer bad"), 401) // the peer is no trusted proxy
	rec := send("192.0.2.1", "", "Bearer a")
	expect("over the limit", rec, 429)
	if got := rec.Header().Get("Retry-After"); got != "10" || rec.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("headers %v", rec.Header())
	}
	expect("another source", send("192.0.2.2", "", "Bearer a"), 200)
	expect("the address of a trusted proxy's client", send("10.0.0.1", "192.0.2.1", "Bearer a"), 429)
	now = now.Add(10 * time.Second)
	expect("after the wait", send("192.0.2.1", "", "Bearer a"), 200)
	expect("one more failure", send("192.0.2.1", "", "Bearer bad"), 401)
	expect("over the limit again", send("192.0.2.1", "", "Bearer bad"), 429)
	for _, ip := range []string{"192.0.2.3", "192.0.2.4"} {
		expect("others fail", send(ip, "", "Bearer bad"), 401)
	}
	expect("forgotten for newer sources", send("192.0.2.1", "", "Bearer a"), 200)
}

func TestFailureLimitDefaults(t *testing.T) {
	t.Parallel()
	auth := rsgin.Authenticate(newServer(t), &rsgin.Options{Failures: &rsgin.FailureLimit{}})
	for i, want := range []int{401, 429} {
		if rec, _ := call("Bearer bad", auth); rec.Code != want {
			t.Errorf("failure %d: got %d, want %d", i+1, rec.Code, want)
		}
	}
}
