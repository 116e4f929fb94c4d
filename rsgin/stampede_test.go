package rsgin_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// late answers a second later, and counts.
type late struct {
	status int
	hangs  bool
	calls  atomic.Int32
}

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	l.calls.Add(1)
	wait := time.Second
	if l.hangs {
		wait = time.Hour
	}
	select {
	case <-time.After(wait):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: l.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"active":true,"client_id":"docs","scope":"base"}`)),
	}, nil
}

// TestAStampedeIsOneCall: a thousand requests with one new token through Gin are one introspection, whatever the
// authorization server does and whoever leaves.
func TestAStampedeIsOneCall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		as     *late
		leaves bool
		want   map[int]int // requests by status
	}{
		"answers":          {&late{status: 200}, false, map[int]int{200: 1000}},
		"fails":            {&late{status: 500}, false, map[int]int{503: 1000}},
		"hangs":            {&late{status: 200, hangs: true}, false, map[int]int{503: 1000}},
		"the first leaves": {&late{status: 200}, true, map[int]int{200: 999, 503: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				router := stampedeRouter(t, c.as)
				first, leave := context.WithCancel(t.Context())
				defer leave()
				var mu sync.Mutex
				got := map[int]int{}
				call := func(ctx context.Context) {
					r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
					r.Header.Set("Authorization", "Bearer new")
					rec := httptest.NewRecorder()
					router.ServeHTTP(rec, r)
					mu.Lock()
					defer mu.Unlock()
					got[rec.Code]++
				}
				var all sync.WaitGroup
				all.Go(func() { call(first) })
				synctest.Wait() // its call is under way
				for range 999 {
					all.Go(func() { call(t.Context()) })
				}
				synctest.Wait()
				if c.leaves {
					leave()
				}
				all.Wait()
				if calls := c.as.calls.Load(); calls != 1 {
					t.Errorf("%d introspections, want 1", calls)
				}
				for status, n := range c.want {
					if got[status] != n {
						t.Errorf("statuses %v, want %v", got, c.want)
					}
				}
			})
		})
	}
}

func stampedeRouter(t *testing.T, as http.RoundTripper) *gin.Engine {
	t.Helper()
	server, err := rs.New(rs.Config{
		Issuer: "https://as.example", IntrospectionEndpoint: "https://as.example/introspect", ClientID: "me", ClientSecret: "secret",
		AcceptedScopes: []string{"base"}, HTTPClient: &http.Client{Transport: as},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	router := gin.New()
	router.GET("/", rsgin.Authenticate(server, nil), func(c *gin.Context) { c.Status(http.StatusOK) })
	return router
}
