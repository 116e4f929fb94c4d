package rsgin_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-lasuite/gin-lasuite/rsgin"
)

// hitBed is a bare router, one with the middleware, and a request whose token is cached.
func hitBed(t testing.TB, length int) (bare, guarded *gin.Engine, r *http.Request) {
	t.Helper()
	ok := func(c *gin.Context) { c.String(http.StatusOK, "ok") }
	bare, guarded = gin.New(), gin.New()
	bare.GET("/", ok)
	guarded.GET("/", rsgin.Authenticate(newServer(t), nil), ok)
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("t", length))
	rec := httptest.NewRecorder()
	guarded.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d", rec.Code)
	}
	return bare, guarded, r
}

// allocated is the objects and bytes that one request through a router allocates.
func allocated(router *gin.Engine, r *http.Request) (objects, bytes int) {
	const times = 2000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		router.ServeHTTP(httptest.NewRecorder(), r)
	}
	runtime.ReadMemStats(&after)
	per := func(before, after uint64) int { return int(math.Round(float64(after-before) / times)) }
	return per(before.Mallocs, after.Mallocs), per(before.TotalAlloc, after.TotalAlloc)
}

// TestAllocationsOfAHit: handing the principal on takes the copy of the request and a context, and nothing before it
// allocates. Not parallel: others must not allocate meanwhile.
func TestAllocationsOfAHit(t *testing.T) {
	if raceDetector {
		t.Log("the race detector allocates too: only without it can this be counted")
		return
	}
	for _, length := range []int{43, 1024} {
		bare, guarded, r := hitBed(t, length)
		bareObjects, bareBytes := allocated(bare, r)
		objects, bytes := allocated(guarded, r)
		if added := objects - bareObjects; added > 2 {
			t.Errorf("a token of %d characters: %d allocations added, want at most 2", length, added)
		}
		if added := bytes - bareBytes; added > 350 {
			t.Errorf("a token of %d characters: %d bytes added, want at most 350", length, added)
		}
	}
}

// BenchmarkServeHTTP is a request through Gin without and with the middleware, for a cached token.
func BenchmarkServeHTTP(b *testing.B) {
	for _, length := range []int{43, 1024} {
		bare, guarded, r := hitBed(b, length)
		size := map[int]string{43: "43B", 1024: "1kB"}[length]
		for _, side := range []struct {
			name   string
			router *gin.Engine
		}{{"none", bare}, {"authenticate", guarded}} {
			b.Run("token="+size+"/middleware="+side.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					side.router.ServeHTTP(&httptest.ResponseRecorder{HeaderMap: http.Header{}}, r) //nolint:staticcheck // SA1019: NewRecorder would make a body too
				}
			})
		}
	}
}
