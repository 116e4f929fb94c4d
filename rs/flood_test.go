package rs_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// quick is the least authorization server: tokens that begin with "good" are active.
type quick struct {
	active []byte
	calls  map[string]int
}

func (q *quick) RoundTrip(r *http.Request) (*http.Response, error) {
	var buf [256]byte
	n, _ := io.ReadFull(r.Body, buf[:])
	_, token, _ := strings.Cut(string(buf[:n]), "token=")
	token, _, _ = strings.Cut(token, "&")
	body := []byte(`{"active":false}`)
	if strings.HasPrefix(token, "good") {
		body = q.active
		q.calls[token]++
	}
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

// TestAFloodPushesNoGoodAnswerOut: refusals live in a cache of their own, so random tokens cost the good ones nothing. The good ones
// fill their cache to the last place: a single stranger in it would take the place of one of them. The flood could
// fill that cache 20 times, and fills the other 40 times.
func TestAFloodPushesNoGoodAnswerOut(t *testing.T) {
	t.Parallel()
	const size, flood = 1000, 20_000
	q := &quick{active: []byte(mustJSON(claims(nil))), calls: map[string]int{}}
	cfg := config(nil)
	cfg.HTTPClient, cfg.CacheSize, cfg.NegativeCacheSize = &http.Client{Transport: q}, size, size/2
	s := newServer(t, cfg)
	ask := func(n int, kind string, want rs.Reason) {
		t.Helper()
		for i := range n {
			if got := outcome(s, fmt.Sprint(kind, i)); got != want {
				t.Fatalf("%s%d: got %q, want %q", kind, i, got, want)
			}
		}
	}
	ask(size, "good", "")
	ask(flood, "random", rs.ReasonInactive)
	ask(size, "good", "")
	for token, n := range q.calls {
		if n != 1 {
			t.Fatalf("%s was asked for %d times: the flood pushed it out", token, n)
		}
	}
	want := rs.CacheStats{Active: rs.CacheFill{Entries: size}, Inactive: rs.CacheFill{Entries: size / 2, Evictions: flood - size/2}}
	if got := s.CacheStats(); got != want {
		t.Errorf("the caches: got %+v, want %+v", got, want)
	}
}
