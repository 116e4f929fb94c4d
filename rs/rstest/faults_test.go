package rstest_test

import (
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

func TestSmoke(t *testing.T) {
	as := rstest.NewServer(t)
	for _, f := range []rs.Format{rs.JSON, rs.JWT, rs.JWTSigned} {
		s, err := rs.New(as.Config(f))
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Authenticate(t.Context(), as.Issue(nil))
		t.Log(p, err)
	}
	t.Log(as.Introspections())
}
