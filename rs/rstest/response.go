package rstest

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
)

// response is an http.ResponseWriter whose body can be read while it is written.
type response struct {
	request *http.Request
	cancel  context.CancelFunc // ends the handler's context
	header  http.Header
	started chan struct{} // closed when the head is complete, or will never be

	reader *io.PipeReader
	writer *io.PipeWriter

	mu       sync.Mutex
	head     *http.Response // nil before WriteHeader
	err      error          // why there will be no head
	declared int64          // Content-Length; -1: none
	written  int64
}

func newResponse(req *http.Request, cancel context.CancelFunc) *response {
	w := &response{request: req, cancel: cancel, header: http.Header{}, started: make(chan struct{}), declared: -1}
	w.reader, w.writer = io.Pipe()
	return w
}

// Header is http.ResponseWriter.
func (w *response) Header() http.Header { return w.header }

// WriteHeader is http.ResponseWriter; informational statuses are left out.
func (w *response) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.head != nil || w.err != nil || status < 200 {
		return
	}
	header := http.Header{}
	for name, values := range w.header {
		if len(values) > 0 { // a nil value suppresses a header, as with net/http
			header[name] = append([]string(nil), values...)
		}
	}
	if n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		w.declared = n
	}
	w.head = &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: w.declared, Request: w.request,
		Body: &body{w.reader, w.cancel},
	}
	close(w.started)
}

// Write is http.ResponseWriter. It returns when the client has read everything: nothing is buffered.
func (w *response) Write(p []byte) (int, error) {
	w.sniff(p)
	w.WriteHeader(http.StatusOK)
	w.mu.Lock()
	allowed, err := w.bodyAllowed(), w.err
	excess := w.declared >= 0 && w.written+int64(len(p)) > w.declared
	if !excess {
		w.written += int64(len(p))
	}
	w.mu.Unlock()
	switch {
	case err != nil:
		return 0, err
	case !allowed:
		return 0, http.ErrBodyNotAllowed
	case excess:
		return 0, http.ErrContentLength
	case len(p) == 0:
		return 0, nil
	}
	return w.writer.Write(p)
}

// sniff sets a Content-Type where the handler has none, as net/http does.
func (w *response) sniff(p []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, set := w.header["Content-Type"]; !set && w.head == nil && len(p) > 0 {
		w.header.Set("Content-Type", http.DetectContentType(p))
	}
}

func (w *response) bodyAllowed() bool {
	return w.head != nil && w.request.Method != http.MethodHead &&
		w.head.StatusCode != http.StatusNoContent && w.head.StatusCode != http.StatusNotModified
}

// Flush is http.Flusher: everything is always sent at once, the head included.
func (w *response) Flush() { w.WriteHeader(http.StatusOK) }

// result is the answer, or why there is none.
func (w *response) result() (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.head, w.err
}

// finish ends the answer when the handler has returned.
func (w *response) finish() {
	w.WriteHeader(http.StatusOK)
	w.mu.Lock()
	short := w.bodyAllowed() && w.declared > w.written
	w.mu.Unlock()
	if short {
		_ = w.writer.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	_ = w.writer.Close()
}

// breakOff closes the connection in the middle, as net/http does when a handler panics.
func (w *response) breakOff() {
	w.abort(&net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET})
}

// abort ends the answer with err: for the whole of it, or for the rest of its body.
func (w *response) abort(err error) {
	w.mu.Lock()
	if w.head == nil && w.err == nil {
		w.err = err
		close(w.started)
	}
	w.mu.Unlock()
	_ = w.writer.CloseWithError(err)
	w.cancel()
}

// body is the client's side. Closing it ends the connection, and so the handler's context.
type body struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close is io.Closer.
func (b *body) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
