//go:build unix

package docs_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds the wait for what must come, on a machine that is busy and may have to download and compile everything.
const patience = 4 * time.Minute

// walk is a page being followed: a terminal that runs one block after the other, and those in which something goes on running.
type walk struct {
	t        *testing.T
	dir      string // the folder in which the terminal is
	env      []string
	shell    *terminal
	running  map[string]*terminal
	reserved map[string]int    // ports to listen on, by the address of the page
	ports    map[string]string // addresses of the page, and those of the test
}

// newWalk opens a terminal in a new folder.
func newWalk(t *testing.T) *walk {
	t.Helper()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("this page must be followed here, and needs %s: %v", tool, err)
			}
			fmt.Fprintf(os.Stderr, "\n*** SKIPPED %s: the page was not followed.\n*** %v\n\n", t.Name(), err)
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	checkout, err := filepath.Abs(top)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(checkout, filepath.Join(dir, "gin-lasuite")); err != nil {
		t.Fatal(err)
	}
	w := &walk{t: t, dir: dir, env: environment(), running: map[string]*terminal{}, reserved: map[string]int{}, ports: map[string]string{}}
	w.shell = w.open("set -eu -o pipefail", "bash")
	return w
}

// environment is that of a newcomer: nothing is configured yet. No proxy may come between curl and this machine, and an answer may
// take its time on a machine that is busy. Go asks nobody about checksums: those that matter are in the go.sum of this checkout.
func environment() []string {
	var env []string
	for _, each := range os.Environ() {
		if name, _, _ := strings.Cut(each, "="); !strings.HasPrefix(name, "OIDC_") && name != "GOCOVERDIR" && name != "GIN_MODE" {
			env = append(env, each)
		}
	}
	return append(env, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "LC_ALL=C.UTF-8", "OIDC_TIMEOUT=1m", "GOSUMDB=off")
}

// terminal is a process in a group of its own, with what it writes.
type terminal struct {
	cmd   *exec.Cmd
	input io.Writer

	mu     sync.Mutex
	more   *sync.Cond // output has grown, or ended
	output bytes.Buffer
	ended  bool
}

// open starts a command, and writes to its standard input.
func (w *walk) open(input string, command ...string) *terminal {
	w.t.Helper()
	c := &terminal{cmd: exec.Command(command[0], command[1:]...)}
	c.more = sync.NewCond(&c.mu)
	c.cmd.Dir, c.cmd.Env = w.dir, w.env
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ours, theirs, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	c.cmd.Stdout, c.cmd.Stderr = theirs, theirs // in the order in which they are written
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	theirs.Close()
	c.input = stdin
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.follow(ours)
	}()
	w.t.Cleanup(func() {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // if it is still there
		_ = c.cmd.Wait()
		<-read
		ours.Close()
	})
	if _, err := io.WriteString(stdin, input+"\n"); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (c *terminal) follow(r io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		c.mu.Lock()
		c.output.Write(bytes.ReplaceAll(buffer[:n], []byte("\r"), nil))
		c.ended = err != nil
		c.more.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until the pattern is found in what was written, or that has ended. It returns the match with its groups, or nil, and
// all that was written.
func (c *terminal) await(find *regexp.Regexp) (match []string, output string) {
	gaveUp := false
	timer := time.AfterFunc(patience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		gaveUp = true
		c.more.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		output = c.output.String()
		if match = find.FindStringSubmatch(output); match != nil || c.ended || gaveUp {
			return match, output
		}
		c.more.Wait()
	}
}

// run runs commands, and compares what they print.
func (w *walk) run(at string, s *step) {
	w.t.Helper()
	w.shell.mu.Lock()
	w.shell.output.Reset()
	w.shell.mu.Unlock()
	end := rand.Text()
	script := "{\n" + w.real(s.text) + "} </dev/null\n"
	if s.directive == "fails" {
		script = "set +e\n" + script + "[ $? != 0 ] || echo 'it should have failed' " + end[:8] + "\nset -e\n"
	}
	if _, err := io.WriteString(w.shell.input, script+`printf '%s\n%s\n' `+end+` "$PWD"`+"\n"); err != nil {
		w.t.Fatalf("%s: %v", at, err)
	}
	found, output := w.shell.await(regexp.MustCompile(`(?s)\A(.*)` + end + `\n(.*)\n\z`))
	if found == nil {
		w.t.Fatalf("%s: a command failed, or did not end. It printed\n%s%s", at, output, w.logs())
	}
	output, w.dir = found[1], found[2]
	if strings.Contains(output, end[:8]) {
		w.t.Fatalf("%s: the command did not fail. It printed\n%s", at, output)
	}
	if s.output == nil {
		return
	}
	expression, addresses := pattern(s.output.text)
	match := regexp.MustCompile(`\A\n*` + expression + `\n*\z`).FindStringSubmatch(strings.TrimRight(output, "\n") + "\n")
	if match == nil {
		w.t.Fatalf("%s: it printed\n%s\nwhere the page has\n%s%s", at, output, s.output.text, w.logs())
	}
	w.learn(addresses, match[1:])
}

// start runs commands in a terminal of their own, and waits until they have printed what the page says.
func (w *walk) start(at string, s *step) {
	w.t.Helper()
	if s.output == nil {
		w.t.Fatalf("%s: the page does not say what a command prints that goes on running", at)
	}
	for _, address := range port.FindAllString(strings.Join(listenOn.FindAllString(s.text, -1), " "), -1) {
		if !strings.Contains(s.output.text, address) {
			w.t.Fatalf("%s: what is printed does not tell which port stands for %s", at, address)
		}
	}
	w.running[s.argument] = w.open("", "bash", "-eu", "-o", "pipefail", "-c", w.real(s.text))
	s.output.argument = s.argument
	w.prints(at, s.output)
}

// prints waits until a terminal has printed what the page says, behind what was waited for before.
func (w *walk) prints(at string, s *step) {
	w.t.Helper()
	c, ok := w.running[s.argument]
	if !ok {
		w.t.Fatalf("%s: nothing runs in the terminal %s", at, s.argument)
	}
	expression, addresses := pattern(s.text)
	match, output := c.await(regexp.MustCompile(`(?m)^` + expression))
	if match == nil {
		w.t.Fatalf("%s: it printed\n%s\nwhere the page has\n%s", at, output, s.text)
	}
	c.forget(match[0])
	w.learn(addresses, match[1:])
}

// forget drops what was printed up to the end of match.
func (c *terminal) forget(match string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, rest, _ := strings.Cut(c.output.String(), match)
	c.output.Reset()
	c.output.WriteString(rest)
}

// need installs a program, as the README says.
func (w *walk) need(at, program string) {
	w.t.Helper()
	bin := w.t.TempDir()
	build := exec.CommandContext(w.t.Context(), "go", "build", "-o", bin, "./cmd/"+program)
	build.Dir = top
	if output, err := build.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %v\n%s", at, err, output)
	}
	path := "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")
	w.env = append(w.env, path)
	if _, err := io.WriteString(w.shell.input, "export "+path+"\n"); err != nil {
		w.t.Fatal(err)
	}
}

// stop is Ctrl-C.
func (w *walk) stop(at, name string) {
	w.t.Helper()
	c, ok := w.running[name]
	if !ok {
		w.t.Fatalf("%s: nothing runs in the terminal %s", at, name)
	}
	delete(w.running, name)
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGINT)
	c.await(regexp.MustCompile(`\z.`)) // never found: until all of them have ended
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		w.t.Fatalf("%s: what runs in the terminal %s does not stop. It printed\n%s", at, name, c.output.String())
	}
}

// logs is what the programs that go on running have printed.
func (w *walk) logs() string {
	var b strings.Builder
	for name, c := range w.running {
		c.mu.Lock()
		b.WriteString("\nin the terminal " + name + ":\n" + c.output.String())
		c.mu.Unlock()
	}
	return b.String()
}
