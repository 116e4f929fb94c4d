package rstest

import (
	"net/http/httptest"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

// NewListeningServer is [NewServer] on a loopback port, for what must be seen on a real connection: its configurations have
// no HTTP client of their own, and the host names of [Server.Serve] do not exist. It does not work in a synctest bubble.
func NewListeningServer(t testing.TB, options ...Option) *Server {
	t.Helper()
	listener := httptest.NewUnstartedServer(nil)
	as := NewServer(t, append([]Option{func(cfg *devas.Config) {
		cfg.Issuer = "http://" + listener.Listener.Addr().String()
		cfg.HTTPClient = nil // its own, with sockets
	}}, options...)...)
	listener.Config.Handler = as
	listener.Start()
	as.client, as.injected = listener.Client(), nil
	t.Cleanup(func() {
		as.Heal() // or Close would wait for what hangs
		listener.Close()
	})
	return as
}
