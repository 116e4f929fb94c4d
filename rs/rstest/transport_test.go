package rstest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func clientOf(h http.HandlerFunc) *http.Client {
	return &http.Client{Transport: rstest.NewTransport(h)}
}

func do(t *testing.T, c *http.Client, method, url, body string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestTransportRequest(t *testing.T) {
	t.Parallel()
	c := clientOf(func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for _, line := range []string{
			r.Method, r.URL.String(), r.RequestURI, r.Host, r.Header.Get("X-Sent"), string(content),
			map[bool]string{true: "TLS", false: "plain"}[r.TLS != nil],
		} {
			_, _ = io.WriteString(w, line+"\n")
		}
		if _, sent := r.Header["X-Empty"]; sent {
			t.Error("a header without values arrived")
		}
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://any.example:8443/a%2Fb?q=1", strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header["X-Sent"], req.Header["X-Empty"] = []string{"yes"}, []string{}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	want := "POST\n/a%2Fb?q=1\n/a%2Fb?q=1\nany.example:8443\nyes\ncontent\nTLS\n"
	if err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("sniffed %q", got)
	}
}

func TestTransportResponse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method     string
		handler    http.HandlerFunc
		wantStatus int
		wantBody   string
		wantErr    error
		wantHeader http.Header
	}{
		"nothing written": {"GET", func(http.ResponseWriter, *http.Request) {}, 200, "", nil, http.Header{}},
		"suppressed media type": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "x")
		}, 200, "x", nil, http.Header{}},
		"head is final": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-A", "1")
			w.WriteHeader(103)
			w.WriteHeader(418)
			w.WriteHeader(200)
			w.Header().Set("X-A", "2")
		}, 418, "", nil, http.Header{"X-A": {"1"}}},
		"no content": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("Write gives %v", err)
			}
		}, 204, "", nil, http.Header{}},
		"HEAD": {"HEAD", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "body")
		}, 200, "", nil, http.Header{"Content-Length": {"4"}, "Content-Type": {"text/plain; charset=utf-8"}}},
		"less than declared": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "bo")
		}, 200, "bo", io.ErrUnexpectedEOF, http.Header{"Content-Length": {"4"}, "Content-Type": {"a/b"}}},
		"more than declared": {"GET", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.Header().Set("Content-Length", "1")
			if _, err := io.WriteString(w, "bo"); !errors.Is(err, http.ErrContentLength) {
				t.Errorf("Write gives %v", err)
			}
			_, _ = io.WriteString(w, "")
		}, 200, "", io.ErrUnexpectedEOF, http.Header{"Content-Length": {"1"}, "Content-Type": {"a/b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body, err := do(t, clientOf(tt.handler), tt.method, "http://any.example/", "")
			if resp == nil || !errors.Is(err, tt.wantErr) || body != tt.wantBody || resp.StatusCode != tt.wantStatus {
				t.Fatalf("got %+v, %q, %v", resp, body, err)
			}
			if len(resp.Header) != len(tt.wantHeader) {
				t.Errorf("header %v, want %v", resp.Header, tt.wantHeader)
			}
			for name := range tt.wantHeader {
				if resp.Header.Get(name) != tt.wantHeader.Get(name) {
					t.Errorf("header %v, want %v", resp.Header, tt.wantHeader)
				}
			}
		})
	}
}

func TestTransportBreaksOff(t *testing.T) {
	t.Parallel()
	_, _, err := do(t, clientOf(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "GET", "http://any.example/", "")
	if err == nil || !strings.Contains(err.Error(), "reset") {
		t.Errorf("abort before the answer: %v", err)
	}
	resp, body, err := do(t, clientOf(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		panic("a bug")
	}), "GET", "http://any.example/", "")
	if err == nil || body != "half" || resp.StatusCode != 200 {
		t.Errorf("panic within the answer: %q, %v", body, err)
	}
	c := &http.Client{Transport: rstest.NewTransport(http.NotFoundHandler())}
	if _, err := c.Post("http://any.example/", "text/plain", brokenReader{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a body that cannot be read: %v", err)
	}
}

func TestTransportContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Duration, 2)
		start := time.Now()
		c := clientOf(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/stream" {
				_, _ = io.WriteString(w, "first")
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
			ended <- time.Since(start)
		})
		for _, path := range []string{"/hang", "/stream"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://any.example"+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			start = time.Now()
			resp, err := c.Do(req)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("%s: %v after %v", path, err, time.Since(start))
			}
			if after := <-ended; after != time.Second {
				t.Errorf("%s: the handler noticed after %v", path, after)
			}
			cancel()
		}
	})
}

// A client that has read enough ends the handler, as closing a connection does.
func TestTransportClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failed := make(chan error, 1)
		c := clientOf(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "first")
			_, err := io.WriteString(w, "second")
			<-r.Context().Done()
			failed <- err
		})
		resp, err := c.Get("http://any.example/")
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 5)
		if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
			t.Fatalf("%q, %v", first, err)
		}
		_ = resp.Body.Close()
		if err := <-failed; err == nil {
			t.Error("the handler could go on writing")
		}
	})
}
