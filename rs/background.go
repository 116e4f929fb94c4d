package rs

import (
	"context"
	"sync"
	"time"
)

// background is the work that goes on beside requests: refreshes, key fetches, second opinions. Each piece is bounded
// in time, none is started after the end, and the end can wait for all of them.
type background struct {
	mu     sync.Mutex
	work   sync.WaitGroup
	life   context.Context // ends with Close
	finish context.CancelFunc
}

func newBackground() *background {
	life, finish := context.WithCancel(context.Background())
	return &background{life: life, finish: finish}
}

// enter counts the caller as work until it leaves. It is false after the end.
func (b *background) enter() (leave func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.life.Err() != nil {
		return nil, false
	}
	b.work.Add(1)
	return b.work.Done, true
}

// start runs f with the values of ctx, but not its end, for at most timeout. It is false after the end. A panic in f, which
// can be an Observer's only, ends f and nothing else: here is no handler whose recovery would catch it.
func (b *background) start(ctx context.Context, timeout time.Duration, f func(context.Context)) bool {
	leave, ok := b.enter()
	if !ok {
		return false
	}
	go func() {
		defer leave()
		defer func() { _ = recover() }()
		ctx, cancel := b.bound(context.WithoutCancel(ctx), timeout)
		defer cancel()
		f(ctx)
	}()
	return true
}

// bound gives ctx a deadline and lets it end with the Server.
func (b *background) bound(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	stop := context.AfterFunc(b.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// Close ends the background work of s and its calls under way, whose requests get a 503. It returns when all of it has ended,
// or with the error of ctx. Tokens in the cache are still served afterwards; others get a 503. Calling it again does no harm.
// A Server that is used until the process ends need not be closed.
func (s *Server) Close(ctx context.Context) error {
	s.background.mu.Lock()
	s.background.finish()
	s.background.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		s.background.work.Wait()
		close(ended)
	}()
	defer s.connections.close()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
