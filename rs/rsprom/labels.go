package rsprom

import (
	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/words"
)

// ok is the kind of what went well.
const ok = "ok"

// labels are the words for an event, each of a closed set.
func labels(ev rs.Event) (op, kind, reason, cache string) {
	kind = ok
	if failure := rs.AsError(ev.Err); failure != nil {
		kind, reason = failure.Kind.String(), words.Reason(failure.Reason)
	}
	return words.Op(ev.Op), kind, reason, words.Cache(ev.Cache)
}
