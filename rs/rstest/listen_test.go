package rstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// TestListeningServer shows that what the faults do in memory is what they do on a real connection.
func TestListeningServer(t *testing.T) {
	t.Parallel()
	as := rstest.NewListeningServer(t)
	for _, tt := range []struct {
		fault rstest.Fault
		want  outcome
	}{
		{0, accepted},
		{rstest.Reset, transport},
		{rstest.Truncated, transport},
		{rstest.Hang, timeout},
		{rstest.SlowDrip, timeout},
		{rstest.GarbageBody, encryption},
		{rstest.EmptyBody, encryption},
		{rstest.NoContentType, contentType},
		{rstest.Gzip, body},
		{rstest.Redirect, status},
		{rstest.Oversize, tooLarge},
		{204, status},
		{302, status},
		{rstest.WrongSignature, signature},
		{0, accepted},
	} {
		as.Fail(tt.fault)
		cfg := as.Config(rstest.JWT)
		cfg.Timeout = time.Minute
		if tt.want == timeout {
			cfg.Timeout = 50 * time.Millisecond
		}
		principal, err := newServer(t, cfg).Authenticate(t.Context(), as.Issue(nil))
		t.Run(tt.fault.String(), func(t *testing.T) { checkOutcome(t, principal, err, tt.want) })
	}
	as.Heal()
	resp, err := as.Client().Get(as.Issuer() + "/.well-known/openid-configuration")
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

// What hangs on a real connection ends when its client leaves.
func TestListeningServerHang(t *testing.T) {
	t.Parallel()
	as := rstest.NewListeningServer(t)
	as.Fail(rstest.Hang)
	cfg := as.Config()
	cfg.Timeout = time.Hour
	server := newServer(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := server.Authenticate(ctx, as.Issue(nil))
	checkOutcome(t, nil, err, timeout)
}
