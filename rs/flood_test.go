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

// TestAFloodPushesNoGoodAnswerOut: refusals live in a cache of their own, so random tokens cost the good ones nothing.
func TestAFloodPushesNoGoodAnswerOut(t *testing.T) {
	t.Parallel()
	q := &quick{active: []byte(mustJSON(claims(nil))), calls: map[string]int{}}
	cfg := config(nil)
	cfg.HTTPClient, cfg.CacheSize = &http.Client{Transport: q}, 1000
	s := newServer(t, cfg)
	for i := range 1000 {
		if got := outcome(s, fmt.Sprint("good", i)); got != "" {
			t.Fatal(got)
		}
	}
	size := floodSize
	if testing.Short() {
		size /= 20
	}
	for i := range size {
		if got := outcome(s, fmt.Sprint("random", i)); got != rs.ReasonInactive {
			t.Fatal(got)
		}
	}
	for i := range 1000 {
		if got := outcome(s, fmt.Sprint("good", i)); got != "" {
			t.Fatal(got)
		}
	}
	for token, n := range q.calls {
		if n != 1 {
			t.Fatalf("%s was asked for %d times: the flood pushed it out", token, n)
		}
	}
}
