package rs

import (
	"errors"
	"strings"
)

// http2StreamError is a stream that was reset (RFC 9113 section 5.4.2). net/http does not export its type, but fills any that has its
// fields.
type http2StreamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e http2StreamError) Error() string { return "the HTTP/2 stream was reset" }

// http2Endings begin the texts of the errors that net/http has for a connection that ended under a call and exports no type for: the
// server closed it after it said that it goes (RFC 9113 section 6.8), or did not answer a ping.
var http2Endings = [...]string{"http2: server sent GOAWAY and closed the connection", "http2: client connection lost"}

// cutOffHTTP2: the connection, or the stream, ended before the answer did.
func cutOffHTTP2(err error) bool {
	if _, ok := errors.AsType[http2StreamError](err); ok {
		return true
	}
	for ; err != nil; err = errors.Unwrap(err) {
		for _, ending := range http2Endings {
			if strings.HasPrefix(err.Error(), ending) {
				return true
			}
		}
	}
	return false
}
