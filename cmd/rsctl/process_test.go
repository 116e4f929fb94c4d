package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is rsctl running, with what it writes.
type process struct {
	cmd *exec.Cmd
	url string // http:// and the address it serves

	reading sync.WaitGroup
	mu      sync.Mutex
	more    *sync.Cond // output has grown, or ended
	output  strings.Builder
	ended   bool
}

// launch starts rsctl and waits until pattern finds the address it serves in what it writes.
func launch(t *testing.T, env []string, pattern string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command("rsctl", args...)}
	p.more = sync.NewCond(&p.mu)
	p.cmd.Env = env
	stdout, outErr := p.cmd.StdoutPipe()
	stderr, errErr := p.cmd.StderrPipe()
	if err := errors.Join(outErr, errErr, p.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.Reader{stdout, stderr} {
		p.reading.Go(func() { p.follow(r) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.reading.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ended = true
		p.more.Broadcast()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // if it has not been stopped
		<-done
		_ = p.cmd.Wait()
	})
	p.url = "http://" + p.await(t, pattern)
	return p
}

func (p *process) follow(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		p.mu.Lock()
		p.output.WriteString(lines.Text() + "\n")
		p.more.Broadcast()
		p.mu.Unlock()
	}
}

// patience is how long a test waits for a line that must come, on a machine that is busy.
const patience = 4 * time.Minute

// await waits until pattern matches what was written, and returns its first group, or all of the match.
func (p *process) await(t *testing.T, pattern string) string {
	t.Helper()
	find := regexp.MustCompile(pattern)
	gaveUp := false
	timer := time.AfterFunc(patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		gaveUp = true
		p.more.Broadcast()
	})
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if found := find.FindStringSubmatch(p.output.String()); found != nil {
			return found[len(found)-1]
		}
		if p.ended || gaveUp {
			t.Fatalf("rsctl did not write %s, but\n%s", pattern, p.output.String())
		}
		p.more.Wait()
	}
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// terminate asks the process to end, as a container platform does.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// stop ends the process, and wants it to end well. It returns all that was written.
func (p *process) stop(t *testing.T) string {
	t.Helper()
	p.terminate(t)
	return p.wait(t)
}

func (p *process) wait(t *testing.T) string {
	t.Helper()
	p.reading.Wait()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit code 0; it wrote\n%s", err, p.log())
	}
	return p.log()
}

// startServe runs rsctl serve, which logs everything.
func startServe(t *testing.T, f *fixture, extra ...string) *process {
	t.Helper()
	env := f.environ(append([]string{"OIDC_RS_LOG_LEVEL=trace", "OIDC_RS_LOG_FORMAT=json"}, extra...)...)
	return launch(t, env, `"address":"([^"]+)".*"msg":"serving"`, "serve")
}

// response is an answer with its whole body.
type response struct {
	status int
	header http.Header
	body   string
}

// ask sends a request with these Authorization lines.
func (p *process) ask(t *testing.T, method, path string, authorization ...string) response {
	t.Helper()
	got, err := send(t.Context(), method, p.url+path, "", authorization...)
	if err != nil {
		t.Fatalf("%s %s: %v; rsctl wrote\n%s", method, path, err, p.log())
	}
	return got
}

// send is one request, with a form as its body if there is one.
func send(ctx context.Context, method, url, form string, authorization ...string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(form))
	if err != nil {
		return response{}, err
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header["Authorization"] = authorization
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(body)}, err
}
