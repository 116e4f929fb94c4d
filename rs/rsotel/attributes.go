package rsotel

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// The attributes. Each has a small closed set of values, whatever clients send.
const (
	opKey     = attribute.Key("lasuite.rs.op")
	kindKey   = attribute.Key("lasuite.rs.kind")
	reasonKey = attribute.Key("lasuite.rs.reason")
	cacheKey  = attribute.Key("lasuite.rs.cache")
)

// other is a word that package rs does not know, such as a Reason of the application's own: whatever it is, there is one of it.
const other = "other"

// describe is an event as attributes, without the op. A refusal has a kind and a reason; only a failure that somebody must
// look into has an error.type as well.
func describe(ev rs.Event) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if ev.Cache != "" {
		attrs = append(attrs, cacheKey.String(known(statuses, ev.Cache)))
	}
	if ev.Err == nil {
		return attrs
	}
	reason := reasonOf(ev.Err)
	attrs = append(attrs, kindKey.String(rs.AsError(ev.Err).Kind.String()), reasonKey.String(reason))
	if isError(ev.Err) {
		attrs = append(attrs, semconv.ErrorTypeKey.String(reason))
	}
	return attrs
}

// isError: a refused token is a good answer to a bad question, and a caller that went away has no complaint.
func isError(err error) bool {
	failure := rs.AsError(err)
	return failure != nil && failure.Status() >= 500 && failure.Reason != rs.ReasonCanceled
}

func reasonOf(err error) string { return known(reasons, rs.AsError(err).Reason) }

func opOf(op rs.Op) string { return known(ops, op) }

var (
	ops      = set(rs.Ops())
	reasons  = set(rs.Reasons())
	statuses = set(rs.CacheStatuses())
)

func set[T comparable](words []T) map[T]bool {
	all := make(map[T]bool, len(words))
	for _, word := range words {
		all[word] = true
	}
	return all
}

func known[T ~string](words map[T]bool, word T) string {
	if words[word] {
		return string(word)
	}
	return other
}
