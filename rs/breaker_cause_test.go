package rs_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// TestACircuitSaysWhatOpenedIt: where answers are signed, keys that cannot be had open it as well, though introspection itself answers. An
// operator has to look at the other endpoint then.
func TestACircuitSaysWhatOpenedIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jws := sign(t, signer(), goodHeader, mustJSON(with(goodEnvelope(), object{"token_introspection": claims(nil)})))
		w := newWire().on(endpoint, answers(200, responseType, jws)).on(jwksURL, answers(503, "", ""))
		cfg, seen := live(w), &recorder{}
		cfg.Format, cfg.SigningAlg, cfg.JWKSEndpoint, cfg.Observer = rs.JWTSigned, "ES256", jwksURL, seen
		s := newServer(t, cfg)
		var last *rs.Error
		for i := range 22 {
			_, err := s.Authenticate(t.Context(), fmt.Sprint("t", i))
			last = rs.AsError(err)
			if synctest.Wait(); i < 20 && last.Reason != rs.ReasonKeysUnavailable {
				t.Fatalf("request %d: got %q", i, last.Reason)
			}
		}
		const cause = "(last: keys_unavailable)"
		if last.Status() != 503 || last.Reason != rs.ReasonCircuitOpen || last.RetryAfter != 5*time.Second || !strings.Contains(last.Err.Error(), cause) {
			t.Errorf("the refusal is %d, %q: %v, Retry-After %v", last.Status(), last.Reason, last.Err, last.RetryAfter)
		}
		if told := seen.of(rs.OpCircuit); len(told) != 1 || !strings.Contains(rs.AsError(told[0].Err).Err.Error(), cause) {
			t.Errorf("told of the circuit: %v", told)
		}
		w.on(jwksURL, answers(200, "application/json", string(signer().PublicJWKS())))
		time.Sleep(5*time.Second + 1)
		if got := outcome(s, "token"); got != "" {
			t.Errorf("five seconds after the keys are back: %q", got)
		}
	})
}
