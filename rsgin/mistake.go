package rsgin

import (
	"fmt"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// mustWork panics on what can never work, as Gin does for a wrong route: when it is mounted, before any request. With
// nobody to ask, every request would be a 500 that no Observer is told of, since the Observer belongs to the server
// that is missing. For a limit that somebody forgot to set there is no good guess: it would lock out clients or stop
// nobody.
func mustWork(a Authenticator, limit *FailureLimit) {
	if isNobody(a) {
		panic("rsgin: Authenticate has nobody to ask: look at the error of rs.New or rs.NewIssuers before mounting what it returned") //nolint:forbidigo // a handler cannot return an error
	}
	if limit != nil && limit.PerMinute < 1 {
		panic(fmt.Sprintf("rsgin: FailureLimit.PerMinute is %d: set it to 1 at least, or leave Options.Failures out for no limit", limit.PerMinute)) //nolint:forbidigo // as above
	}
}

// isNobody: nothing, or what a constructor returns beside an error that nobody looked at.
func isNobody(a Authenticator) bool {
	switch a := a.(type) {
	case nil:
		return true
	case *rs.Server:
		return a == nil
	case *rs.Issuers:
		return a == nil
	}
	return false
}
