package rstest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// TestRotation shows a resource server through rotations of the authorization server's keys, and what is fetched for them.
func TestRotation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		disturb     func(*rstest.Server)
		want        outcome // of the next request
		wantFetches int     // since the start, after that request
	}{
		"nothing":                 {func(*rstest.Server) {}, accepted, 1},
		"overlap":                 {func(as *rstest.Server) { as.RotateKeys(true) }, accepted, 2},
		"at once":                 {func(as *rstest.Server) { as.RotateKeys(false) }, accepted, 2},
		"keys down":               {func(as *rstest.Server) { as.Fail(rstest.KeysDown) }, accepted, 1},
		"rotation and keys down":  {func(as *rstest.Server) { as.RotateKeys(true); as.Fail(rstest.KeysDown) }, responseKey, 2},
		"rotation and keys empty": {func(as *rstest.Server) { as.RotateKeys(true); as.FailNext(rstest.KeysEmpty) }, responseKey, 2},
	} {
		for _, format := range []rs.Format{rstest.JWTSigned, rstest.JWT} {
			t.Run(name+"/"+format.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					as := rstest.NewServer(t)
					server := newServer(t, as.Config(format))
					if _, err := server.Authenticate(t.Context(), as.Issue(nil)); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute) // beyond the cool-down, within the time for which keys are kept
					tt.disturb(as)
					principal, err := server.Authenticate(t.Context(), as.Issue(nil))
					checkOutcome(t, principal, err, tt.want)
					if got := as.KeyFetches(); got != tt.wantFetches {
						t.Errorf("keys were fetched %d times, want %d", got, tt.wantFetches)
					}
					as.Heal()
					time.Sleep(time.Minute)
					principal, err = server.Authenticate(t.Context(), as.Issue(nil))
					checkOutcome(t, principal, err, accepted)
				})
			})
		}
	}
}
