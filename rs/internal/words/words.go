// Package words has the words for an event, each of a closed set whatever comes: for labels of metrics, and keys of maps.
package words

import "github.com/gin-lasuite/gin-lasuite/rs"

// Other is a word that package rs does not know, such as a Reason of the application's own: whatever it is, there is one of it.
const Other = "other"

// Op is the operation.
func Op(op rs.Op) string { return word(ops, op) }

// Reason is the reason; empty stays empty.
func Reason(reason rs.Reason) string { return word(reasons, reason) }

// Cache is the cache status; empty stays empty.
func Cache(status rs.CacheStatus) string { return word(statuses, status) }

var (
	ops      = set(rs.Ops())
	reasons  = set(rs.Reasons())
	statuses = set(rs.CacheStatuses())
)

func set[T ~string](all []T) map[T]bool {
	known := map[T]bool{"": true}
	for _, each := range all {
		known[each] = true
	}
	return known
}

func word[T ~string](known map[T]bool, w T) string {
	if known[w] {
		return string(w)
	}
	return Other
}
