package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/keys"
)

// A new key file is read at SIGHUP: its key is published, the old one still opens what was encrypted to it.
func TestHangupReloadsTheKeys(t *testing.T) {
	t.Parallel()
	f := start(t, "jwt")
	path := filepath.Join(t.TempDir(), "key.pem")
	write := func(data string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(f.env["OIDC_RS_PRIVATE_KEY_STR"])
	delete(f.env, "OIDC_RS_PRIVATE_KEY_STR")
	rsctl := startServe(t, f, "OIDC_RS_PRIVATE_KEY_STR_FILE="+path)
	before := rsctl.ask(t, "GET", "/jwks").body
	hangUp := func() {
		t.Helper()
		if err := rsctl.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}

	next, err := keys.Generate("EC")
	if err != nil {
		t.Fatal(err)
	}
	write(string(next))
	hangUp()
	rsctl.await(t, `"state":"retiring".*"until":"[-0-9]+T[:0-9]+Z"`)
	if after := rsctl.ask(t, "GET", "/jwks").body; after == before {
		t.Error("the new key is not published")
	}
	token := "Bearer " + f.as.Issue(map[string]any{"sub": "alice", "scope": "documents"}) // encrypted to the old key
	if got := rsctl.ask(t, "GET", "/api/whoami", token); got.status != 200 {
		t.Errorf("an answer encrypted to the retiring key: %d %s", got.status, got.body)
	}

	write("no key")
	published := rsctl.ask(t, "GET", "/jwks").body
	hangUp()
	rsctl.await(t, `could not be reloaded`)
	if got := rsctl.ask(t, "GET", "/jwks").body; got != published {
		t.Error("a bad key file took keys away")
	}
	if log := rsctl.stop(t); strings.Contains(log, "PRIVATE KEY--") {
		t.Error("key material in the log")
	}
}
