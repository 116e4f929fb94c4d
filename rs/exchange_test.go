package rs_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// announced answers with a length that need not be true, in pieces.
type announced struct {
	length int64
	body   string
	end    error // nil: io.EOF
}

func (a announced) RoundTrip(r *http.Request) (*http.Response, error) {
	body := iotest.OneByteReader(strings.NewReader(a.body))
	if a.end != nil {
		body = io.MultiReader(body, iotest.ErrReader(a.end))
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(body), ContentLength: a.length, Request: r,
	}, nil
}

// TestAnnouncedLength: a length is a hint for the buffer, and neither a promise nor a bound. (net/http holds servers to it, but
// a transport around it may not.)
func TestAnnouncedLength(t *testing.T) {
	t.Parallel()
	body := mustJSON(claims(nil))
	size := int64(len(body))
	for _, c := range []struct {
		name string
		a    announced
		want rs.Reason
	}{
		{"true", announced{size, body, nil}, ""},
		{"unknown", announced{-1, body, nil}, ""},
		{"none", announced{0, body, nil}, ""},
		{"too short", announced{size / 3, body, nil}, ""},
		{"too long", announced{size + 100, body, nil}, ""},
		{"beyond all bounds", announced{1 << 62, body, nil}, ""},
		{"more than allowed", announced{10, body + strings.Repeat(" ", 1<<20), nil}, rs.ReasonTooLarge},
		{"cut off", announced{size, body[:size/2], io.ErrUnexpectedEOF}, rs.ReasonTransport},
		{"cut off at the end", announced{size, body, io.ErrUnexpectedEOF}, rs.ReasonTransport},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(newWire())
			cfg.HTTPClient = &http.Client{Transport: c.a}
			cfg.MaxResponseSize, cfg.NoRetry = 1<<20, true
			if got := outcome(newServer(t, cfg), "token"); got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
}

// TestWhatATimeoutIs: our own, whatever the transport calls it, and one that the transport has by itself.
func TestWhatATimeoutIs(t *testing.T) {
	t.Parallel()
	for name, transport := range map[string]roundTrip{
		"ours": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, errors.New("too late")
		},
		"the transport's": func(*http.Request) (*http.Response, error) { return nil, os.ErrDeadlineExceeded },
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := live(newWire())
			cfg.HTTPClient, cfg.NoRetry = &http.Client{Transport: transport}, true
			if got := outcome(newServer(t, cfg), "token"); got != rs.ReasonTimeout {
				t.Errorf("%s: got %q, want %q", name, got, rs.ReasonTimeout)
			}
		})
	}
}
