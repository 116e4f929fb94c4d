package rsdoctor_test

import (
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsdoctor"
)

// withoutHint are the reasons that one lonely token, given to a server that lives for it alone, cannot meet, or for which
// nothing can be done.
var withoutHint = []rs.Reason{
	rs.ReasonNoToken, rs.ReasonOtherScheme, rs.ReasonRepeatedAuthorization, rs.ReasonSeveralMethods, rs.ReasonUnknownUser,
	rs.ReasonApplication, rs.ReasonAudienceNotForRoute, rs.ReasonOverloaded, rs.ReasonTooManyFailures, rs.ReasonCircuitOpen, rs.ReasonClosed, rs.ReasonUnexpected,
	rs.ReasonNotAuthenticated, rs.ReasonUserLookup, rs.ReasonMissingRequirements,
}

func TestEveryReasonHasAHint(t *testing.T) {
	t.Parallel()
	known := make(map[rs.Reason]bool)
	for _, reason := range withoutHint {
		known[reason] = true
	}
	for _, reason := range rs.Reasons() {
		if hint := rsdoctor.Hint(reason); (hint == "") != known[reason] {
			t.Errorf("the hint for %s is %q: give it one, or list it in withoutHint", reason, hint)
		}
	}
}
