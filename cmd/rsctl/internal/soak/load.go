package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// load is the clients.
type load struct {
	world   *world
	url     string
	report  *report
	client  *http.Client
	running sync.WaitGroup
}

func newLoad(w *world, url string, r *report) *load {
	return &load{world: w, url: url, report: r, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

func (l *load) close() { l.client.CloseIdleConnections() }

// run sends one request after the other: three of four with a token that is, or was, good.
func (l *load) run(ctx context.Context) {
	for ctx.Err() == nil {
		switch n := mathrand.IntN(100); { //nolint:gosec // G404: who comes next is no secret
		case n < 75:
			l.sendKnown(ctx)
		case n < 90:
			l.sendBad(ctx, l.world.bad[n%len(l.world.bad)])
		case n < 98:
			l.sendBad(ctx, rand.Text())
		default:
			l.leaveEarly(ctx)
		}
		wait(ctx, 2*time.Millisecond)
	}
}

func (l *load) sendKnown(ctx context.Context) {
	w := l.world
	w.mu.Lock()
	t := w.tokens[mathrand.IntN(len(w.tokens))] //nolint:gosec // G404: as above
	w.mu.Unlock()
	sent, healthy := time.Now(), w.healthySince.Load()
	status, subject, err := whoami(ctx, l.client, l.url, t.text)
	if err != nil {
		l.failed(ctx, err)
		return
	}
	l.report.note(l.report.statuses, strconv.Itoa(status))
	revoked := t.revoked.Load()
	switch {
	case status == http.StatusOK && subject != t.subject:
		l.report.wrong("%s was taken for %s", t.subject, subject)
	case status == http.StatusOK && revoked != 0 && sent.Sub(time.Unix(0, revoked)) > cacheTTL+grace:
		l.report.wrong("accepted %v after its revocation", sent.Sub(time.Unix(0, revoked)))
	case status == http.StatusOK, status == http.StatusUnauthorized && revoked != 0:
	case status != http.StatusServiceUnavailable && status != http.StatusInternalServerError:
		l.report.wrong("status %d for a good token", status)
	case healthy != 0 && healthy == w.healthySince.Load() && sent.Sub(time.Unix(0, healthy)) > recovery:
		l.report.late("status %d for a good token, %v after %v", status, sent.Sub(time.Unix(0, healthy)), w.fault.Load())
	}
}

func (l *load) sendBad(ctx context.Context, text string) {
	status, subject, err := whoami(ctx, l.client, l.url, text)
	if err != nil {
		l.failed(ctx, err)
		return
	}
	l.report.note(l.report.statuses, strconv.Itoa(status))
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusServiceUnavailable, http.StatusInternalServerError:
	default:
		l.report.wrong("status %d (%s) for a bad token", status, subject)
	}
}

// leaveEarly is a client that hangs up: nobody else may notice.
func (l *load) leaveEarly(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if _, _, err := whoami(ctx, l.client, l.url, rand.Text()); err != nil {
		l.report.note(l.report.statuses, "left early")
	}
}

// failed: the service itself must always answer.
func (l *load) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		l.report.wrong("no answer: %v", err)
	}
}

// whoami asks the service whom a token stands for.
func whoami(ctx context.Context, client *http.Client, url, text string) (status int, subject string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/whoami", http.NoBody)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+text)
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, "", fmt.Errorf("the body: %w", err)
	}
	var who struct {
		Sub string `json:"sub"`
	}
	if resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, &who)
	}
	return resp.StatusCode, who.Sub, err
}
