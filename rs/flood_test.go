package rs_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/keys"
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

// oneAtATime is a Decrypter with one processor.
type oneAtATime chan struct{}

func (d oneAtATime) Decrypt([]byte) ([]byte, error) {
	d <- struct{}{}
	time.Sleep(20 * time.Millisecond)
	<-d
	return nil, keys.ErrDecrypt
}

// TestAFloodOfEncryptedTokens: anybody can encrypt to our key, and each token costs a decryption. Whoever waits for a turn among
// them gets an answer within the budget all the same.
func TestAFloodOfEncryptedTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := liveLocal(newWire())
		cfg.Decrypter = make(oneAtATime, 1)
		s := newServer(t, cfg)
		var all sync.WaitGroup
		var refused, waited atomic.Int32
		for i := range 1000 {
			token := encrypt(t, object{"n": i}, "junk")
			all.Go(func() {
				start := time.Now()
				switch got := outcome(s, token); got {
				case rs.ReasonTokenEncryption:
					refused.Add(1)
				case rs.ReasonOverloaded:
				default:
					t.Errorf("got %q", got)
				}
				if time.Since(start) >= 5*time.Second {
					waited.Add(1)
				}
			})
		}
		all.Wait()
		if n := refused.Load(); n < 64 || n >= 1000 {
			t.Errorf("%d were decrypted", n)
		}
		if n := waited.Load(); n != 0 {
			t.Errorf("%d waited for more than the budget", n)
		}
		if got := outcome(s, encrypt(t, nil, "junk")); got != rs.ReasonTokenEncryption {
			t.Errorf("after the flood: %q", got)
		}
	})
}
