package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// poster is the client of a Poster: made once, so that its connections are there when it matters.
var poster = sync.OnceValue(client)

// post sends n introspection requests from so many callers at once and reads the answers: what no resource server that asks
// can do without.
func post(ctx context.Context, endpoint string, n, callers int) error {
	c := poster()
	var all sync.WaitGroup
	var turn atomic.Int64
	failures := make([]error, callers)
	for caller := range callers {
		all.Go(func() {
			for {
				i := turn.Add(1)
				if i > int64(n) {
					return
				}
				if failures[caller] = postOnce(ctx, c, endpoint, fmt.Sprintf("%043d", i)); failures[caller] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(failures...)
}

func postOnce(ctx context.Context, c *http.Client, endpoint, token string) error {
	req, err := introspectionRequest(ctx, endpoint, token)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("service: status %d", resp.StatusCode)
	}
	return nil
}
