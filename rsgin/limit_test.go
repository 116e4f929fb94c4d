package rsgin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
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
	for _, c := range []struct {
		limit  rsgin.FailureLimit
		failed int           // failures at once
		again  time.Duration // until the next
	}{
		{rsgin.FailureLimit{PerMinute: 3}, 3, 20 * time.Second},
		{rsgin.FailureLimit{PerMinute: 1, Burst: -1, Sources: -1}, 1, time.Minute},
	} {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		c.limit.Now = func() time.Time { return now }
		auth := rsgin.Authenticate(newServer(t), &rsgin.Options{Failures: &c.limit})
		fail := func(step string, want int) {
			t.Helper()
			if rec, _ := call("Bearer bad", auth); rec.Code != want {
				t.Errorf("%+v: %s: got %d, want %d", c.limit.PerMinute, step, rec.Code, want)
			}
		}
		for range c.failed {
			fail("at once", 401)
		}
		fail("too many at once", 429)
		now = now.Add(c.again - time.Nanosecond)
		fail("too early", 429)
		now = now.Add(time.Millisecond) // rates are floating-point numbers
		fail("after the wait", 401)
		fail("again too many", 429)
	}
}

// TestFailuresAtOnce: failures of a source that nobody knows yet count each, however many come at the same time.
func TestFailuresAtOnce(t *testing.T) {
	t.Parallel()
	const burst = 64
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	server := &undecided{}
	server.all.Add(burst)
	auth := rsgin.Authenticate(server, &rsgin.Options{
		Failures: &rsgin.FailureLimit{PerMinute: 1, Burst: burst, Now: func() time.Time { return now }},
	})
	var all sync.WaitGroup
	for i := range burst {
		all.Go(func() { _, _ = call(fmt.Sprint("Bearer bad", i), auth) })
	}
	all.Wait()
	if rec, _ := call("Bearer a", auth); rec.Code != 429 {
		t.Errorf("after %d failures: got %d, want 429", burst, rec.Code)
	}
}

// TestTheClockOfTheLimit: without Now it is that of the machine.
func TestTheClockOfTheLimit(t *testing.T) {
	t.Parallel()
	auth := rsgin.Authenticate(newServer(t), &rsgin.Options{Failures: &rsgin.FailureLimit{PerMinute: 1, Burst: 2}})
	for i := range 2 {
		if rec, _ := call("Bearer bad", auth); rec.Code != 401 {
			t.Errorf("failure %d: got %d, want 401", i+1, rec.Code)
		}
	}
}

// TestTheSourceOfAFailure: whoever has one IPv6 address has the whole /64, and may not begin anew with each of its addresses.
func TestTheSourceOfAFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failed, next string
		same         bool
	}{
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"192.0.2.1", "192.0.2.2", false},
		{"::ffff:192.0.2.1", "192.0.2.1", true},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
		{"a name", "another name", false}, // which only such a platform can send
		{"a name", "a name", true},
	} {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		router := gin.New()
		router.TrustedPlatform = "X-Client" // its words are taken as they are
		router.GET("/", rsgin.Authenticate(newServer(t), &rsgin.Options{
			Failures: &rsgin.FailureLimit{PerMinute: 1, Now: func() time.Time { return now }},
		}))
		status := func(source string) int {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("X-Client", source)
			r.Header.Set("Authorization", "Bearer bad")
			rec := httptest.NewRecorder()
			router.ServeHTTP(rec, r)
			return rec.Code
		}
		if got := status(c.failed); got != 401 {
			t.Fatalf("%s: got %d, want 401", c.failed, got)
		}
		want := 401
		if c.same {
			want = 429
		}
		if got := status(c.next); got != want {
			t.Errorf("%s after a failure of %s: got %d, want %d", c.next, c.failed, got, want)
		}
	}
}

// undecided lets failures wait until all have come.
type undecided struct{ all sync.WaitGroup }

func (u *undecided) AuthenticateRequest(*http.Request) (*rs.Principal, error) {
	u.all.Done()
	u.all.Wait()
	return nil, rs.ErrInvalidToken
}

// TestFailuresBeyondTheBurst: requests that come before the first of them has failed pass the limit, but are counted, or parallel
// guesses would be free.
func TestFailuresBeyondTheBurst(t *testing.T) {
	t.Parallel()
	const atOnce = 20
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	server := &undecided{}
	server.all.Add(atOnce)
	auth := rsgin.Authenticate(server, &rsgin.Options{
		Failures: &rsgin.FailureLimit{PerMinute: 60, Burst: 1, Now: func() time.Time { return now }},
	})
	var all sync.WaitGroup
	for i := range atOnce {
		all.Go(func() { _, _ = call(fmt.Sprint("Bearer bad", i), auth) })
	}
	all.Wait()
	rec, _ := call("Bearer bad", auth)
	if got := rec.Header().Get("Retry-After"); rec.Code != 429 || got != "20" {
		t.Errorf("after %d failures at once, at one per second: got %d and Retry-After %q, want 429 and 20", atOnce, rec.Code, got)
	}
}

// TestOneTokenFailsOnceAtATime: an application whose token has expired may send it with many requests before it learns so from the first, and
// nobody guesses anything by that. Who sends it again when it has been refused has failed again.
func TestOneTokenFailsOnceAtATime(t *testing.T) {
	t.Parallel()
	const atOnce = 60
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	server := &undecided{}
	auth := rsgin.Authenticate(server, &rsgin.Options{
		Failures: &rsgin.FailureLimit{PerMinute: 60, Burst: 4, Now: func() time.Time { return now }},
	})
	send := func(tokens ...string) {
		server.all.Add(len(tokens))
		var all sync.WaitGroup
		for _, token := range tokens {
			all.Go(func() {
				if rec, _ := call("Bearer "+token, auth); rec.Code != 401 {
					t.Errorf("%s: got %d, want 401", token, rec.Code)
				}
			})
		}
		all.Wait()
	}
	send(slices.Repeat([]string{"expired"}, atOnce)...)
	send("expired") // though nothing else failed since
	send("guess")
	send("expired")
	if rec, _ := call("Bearer expired", auth); rec.Code != 429 {
		t.Errorf("after four failures: got %d, want 429", rec.Code)
	}
}

// TestTheSourcesThatAreRemembered are those that failed last, however long they have been failing.
func TestTheSourcesThatAreRemembered(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	router := gin.New()
	router.GET("/", rsgin.Authenticate(newServer(t), &rsgin.Options{
		Failures: &rsgin.FailureLimit{PerMinute: 1, Burst: 2, Sources: 2, Now: func() time.Time { return now }},
	}))
	for i, c := range []struct {
		peer string
		want int
	}{
		{"192.0.2.1", 401}, {"192.0.2.2", 401}, {"192.0.2.1", 401}, {"192.0.2.3", 401}, // which makes the second be forgotten
		{"192.0.2.1", 429}, {"192.0.2.2", 401}, {"192.0.2.2", 401}, {"192.0.2.2", 429},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer + ":4711"
		r.Header.Set("Authorization", "Bearer bad")
		rec := httptest.NewRecorder()
		router.ServeHTTP(rec, r)
		if rec.Code != c.want {
			t.Errorf("request %d, from %s: got %d, want %d", i+1, c.peer, rec.Code, c.want)
		}
	}
}
