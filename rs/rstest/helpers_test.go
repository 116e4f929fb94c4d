package rstest_test

import (
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func rstestFaults() []devas.Fault { return devas.Faults() }

func newServer(t *testing.T, cfg rs.Config) *rs.Server {
	t.Helper()
	server, err := rs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// skipPause lets the pauses pass that a resource server makes before it fetches keys again. Only inside a bubble.
func skipPause() { time.Sleep(time.Minute) }
