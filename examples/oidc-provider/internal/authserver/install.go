// Package authserver runs the authorization server of this directory, npm oidc-provider, as a child process.
package authserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// minNode is the oldest major version of Node that server.mjs runs on.
const minNode = 20

// ErrNoNode says that this machine has no Node, no npm, or too old a Node.
var ErrNoNode = errors.New("authserver: node or npm is missing or too old (install Node 20 or newer, which brings npm)")

// FindNode is nil if Node and npm can be run here, and an error that wraps [ErrNoNode] if not.
func FindNode(ctx context.Context) error {
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%w: %w", ErrNoNode, err)
		}
	}
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("%w: node --version: %w", ErrNoNode, err)
	}
	version := strings.TrimSpace(string(out))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return fmt.Errorf("%w: this is node %s", ErrNoNode, version)
	}
	return nil
}

// Install runs npm ci in dir, unless node_modules is already what package-lock.json asks for.
func Install(ctx context.Context, dir string) error {
	want, err := fingerprint(dir)
	if err != nil {
		return err
	}
	// npm keeps no such note itself, and the time of a file says nothing after a checkout.
	stamp := filepath.Join(dir, "node_modules", ".installed-from")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return nil
	}
	var out []byte
	for _, timeout := range installTimeouts {
		if out, err = npmCI(ctx, dir, timeout); err == nil {
			return os.WriteFile(stamp, []byte(want), 0o600)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("authserver: npm ci in %s (is the npm registry reachable?): %w\n%s", dir, err, out)
}

// installTimeouts are how long npm may take before it is tried anew: it is a program for Node.js, see startTimeouts, and networks fail
// for a moment. (Of a registry that answers with an error, npm itself asks three times.)
var installTimeouts = []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute}

func npmCI(ctx context.Context, dir string, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	// Nothing that we install needs an install script, so none may run.
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir, npm.WaitDelay = dir, time.Second
	out, err := npm.CombinedOutput()
	return out, errors.Join(err, ctx.Err())
}

// fingerprint tells one set of dependencies from another.
func fingerprint(dir string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", fmt.Errorf("authserver: %s is not the example's directory: %w", dir, err)
		}
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
