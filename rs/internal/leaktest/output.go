package leaktest

import (
	"strings"
	"sync"
)

// Output collects what several loggers write: operations end in goroutines of their own. The zero Output is ready.
type Output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write adds p.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is all that was written.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
