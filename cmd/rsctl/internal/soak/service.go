package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// service is rsctl serve in a process of its own. What it holds is told by the Go runtime, without any help of the program:
// the garbage collector's trace has the live heap, and SIGQUIT prints every goroutine.
type service struct {
	cmd *exec.Cmd
	url string

	mu     sync.Mutex
	lines  []string // since the start of the stack dump
	heap   int      // MB live after the last collection
	peak   int
	dying  bool
	output chan struct{} // closed when it has written all
}

// usage is what a process holds.
type usage struct {
	goroutines, heapMB, peakMB, residentKB int

	creators map[string]int // goroutines by the function that started them
}

const startPatience = 10 * time.Second

func launch(ctx context.Context, binary string, environment []string) (*service, error) {
	s := &service{cmd: exec.CommandContext(ctx, binary, "serve"), output: make(chan struct{})} //nolint:gosec // G204: a flag of this development tool
	s.cmd.Env = slices.Concat(environment, []string{"GODEBUG=gctrace=1", "PATH=" + os.Getenv("PATH")})
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	serving := make(chan string, 1)
	go s.follow(bufio.NewScanner(stderr), serving)
	select {
	case s.url = <-serving:
		return s, nil
	case <-s.output:
	case <-time.After(startPatience):
	}
	s.kill()
	return nil, fmt.Errorf("%s serve does not serve: %s", binary, strings.Join(s.lines, "\n"))
}

var (
	address    = regexp.MustCompile(`"address":"([^"]+)".*"msg":"serving"`)
	collection = regexp.MustCompile(`^gc \d+ .* (\d+)->(\d+)->(\d+) MB,`)
)

func (s *service) follow(lines *bufio.Scanner, serving chan<- string) {
	defer close(s.output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if found := address.FindStringSubmatch(line); found != nil {
			serving <- "http://" + found[1]
		}
		s.mu.Lock()
		if found := collection.FindStringSubmatch(line); found != nil {
			s.heap, _ = strconv.Atoi(found[3])
			s.peak = max(s.peak, s.heap)
		} else if s.dying || s.url == "" {
			s.lines = append(s.lines, line)
		}
		s.mu.Unlock()
	}
}

// end makes the process print its goroutines and die, and says what it held.
func (s *service) end() (usage, error) {
	s.mu.Lock()
	s.dying, s.lines = true, nil
	u := usage{heapMB: s.heap, peakMB: s.peak, residentKB: resident(s.cmd.Process.Pid), creators: map[string]int{}}
	s.mu.Unlock()
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return u, err
	}
	<-s.output
	_ = s.cmd.Wait() // exit code 2, by SIGQUIT
	for _, line := range s.lines {
		creator, found := strings.CutPrefix(line, "created by ")
		if !found || strings.HasPrefix(creator, "runtime.") { // the collector's own come with the first collections
			continue
		}
		creator, _, _ = strings.Cut(creator, " in goroutine ")
		u.creators[creator]++
		u.goroutines++
	}
	if u.goroutines == 0 {
		return u, errors.New("no goroutines in the dump of SIGQUIT")
	}
	return u, nil
}

func (s *service) kill() {
	_ = s.cmd.Process.Kill()
	<-s.output
	_ = s.cmd.Wait()
}

// resident is the resident set as Linux tells it; zero elsewhere.
func resident(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.Atoi(fields[0])
	return kb
}
