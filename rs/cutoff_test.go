package rs_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A call that is cut off is repeated, with HTTP/2 too: where the stream is reset, where the server said that it goes and went before
// it had answered, and where the connection is found dead.
func TestACallThatIsCutOffIsRepeated(t *testing.T) {
	t.Parallel()
	type cut func(n *network, w http.ResponseWriter, r *http.Request)
	for _, protocol := range []string{"h2", "http/1.1"} {
		for name, cut := range map[string]cut{
			"reset": func(*network, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"reset within the answer": func(_ *network, w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			},
			"gone after it said so": func(_ *network, w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close") // with HTTP/2: GOAWAY
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Millisecond)
				_ = r.Context().Value(connItself{}).(net.Conn).Close()
			},
			"gone": func(_ *network, _ http.ResponseWriter, r *http.Request) {
				_ = r.Context().Value(connItself{}).(net.Conn).Close()
			},
			"silent": func(n *network, _ http.ResponseWriter, r *http.Request) {
				n.silence()
				<-r.Context().Done()
			},
		} {
			if protocol == "http/1.1" && name == "silent" {
				continue // which has no ping
			}
			t.Run(protocol+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cfg := live(nil)
					cfg.CacheSize, cfg.Timeout, cfg.Budget = -1, time.Minute, time.Minute
					var n *network
					calls := 0
					n = newNetwork(t, &cfg, protocol, func(w http.ResponseWriter, r *http.Request) {
						if calls++; calls == 2 {
							cut(n, w, r)
							return
						}
						good()(w, r)
					})
					s := newServer(t, cfg)
					for _, when := range []string{"before", "then", "afterwards"} {
						if got := outcome(s, "token"); got != "" {
							t.Errorf("%s: got %q", when, got)
						}
					}
					if calls != 4 {
						t.Errorf("%d calls, want 4", calls)
					}
				})
			})
		}
	}
}

// connItself is the connection, in the context of its requests.
type connItself struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connItself{}, c)
}
