package service

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// Marker in the environment makes this program run Serve instead of anything else.
const Marker = "GIN_LASUITE_BENCH_SERVICE"

// Process is a service in a process of its own, as seen from outside.
type Process struct {
	Addr string

	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// Start runs this program once more, as the service of spec.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), Marker+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, in: in, out: json.NewDecoder(bufio.NewReader(out))}
	var greeting hello
	if err := errors.Join(json.NewEncoder(in).Encode(spec), p.out.Decode(&greeting)); err != nil {
		return nil, fmt.Errorf("service %s: %w", spec.Kind, err)
	}
	if greeting.Error != "" {
		return nil, fmt.Errorf("service %s: %s", spec.Kind, greeting.Error)
	}
	p.Addr = greeting.Addr
	return p, nil
}

// CPU is what the process has used so far.
func (p *Process) CPU() (time.Duration, error) {
	var usage Usage
	if _, err := io.WriteString(p.in, "usage\n"); err != nil {
		return 0, err
	}
	err := p.out.Decode(&usage)
	return usage.CPU, err
}

// Stop ends the process.
func (p *Process) Stop() {
	p.in.Close()
	_ = p.cmd.Wait()
}
