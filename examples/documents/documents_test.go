package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// fixture is the development service on a loopback port.
type fixture struct {
	*development
	url string
}

func start(t *testing.T) *fixture {
	t.Helper()
	gin.SetMode(gin.TestMode)
	front := httptest.NewUnstartedServer(nil)
	d, err := newDevelopment(t.Context(), "http://"+front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = d.handler
	front.Start()
	t.Cleanup(func() {
		front.Close()
		if err := d.server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{d, front.URL}
}

// send is one request; the answer's body is decoded into v unless that is nil.
func (f *fixture) send(t *testing.T, method, path, token, body string, v any) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if v != nil {
		if err := json.Unmarshal(data, v); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return resp
}

func TestDocuments(t *testing.T) {
	f := start(t)
	alice, bob := f.token("alice", "documents"), f.token("bob", "documents")
	reader, nobody := f.token("alice", "documents:read"), f.token("mallory", "documents")
	service := f.as.Issue(map[string]any{"sub": nil, "client_id": "notes", "scope": "documents"})

	var created document
	if resp := f.send(t, "POST", "/api/documents", alice, `{"title":"Minutes"}`, &created); resp.StatusCode != 201 || resp.Header.Get("Location") != "/api/documents/1" {
		t.Fatalf("created: %d %v", resp.StatusCode, resp.Header)
	}
	if created.Owner != "alice" || created.Source != "notes" || created.Title != "Minutes" {
		t.Errorf("created %+v", created)
	}
	var all []document
	if f.send(t, "GET", "/api/documents", reader, "", &all); len(all) != 1 || all[0] != created {
		t.Errorf("Alice's documents: %+v", all)
	}
	if f.send(t, "GET", "/api/documents", bob, "", &all); len(all) != 0 {
		t.Errorf("Bob's documents: %+v", all)
	}
	var me user
	if f.send(t, "GET", "/api/me", bob, "", &me); me.Name != "Bob Durand" {
		t.Errorf("Bob is %+v", me)
	}

	for _, c := range []struct {
		name, method, path, token, body string
		status                          int
		challenge                       string
	}{
		{"owner reads", "GET", "/api/documents/1", reader, "", 200, ""},
		{"another user", "GET", "/api/documents/1", bob, "", 403, ""},
		{"another user deletes", "DELETE", "/api/documents/1", bob, "", 403, ""},
		{"no such document", "GET", "/api/documents/2", alice, "", 404, ""},
		{"no number", "GET", "/api/documents/x", alice, "", 404, ""},
		{"no title", "POST", "/api/documents", alice, `{}`, 400, ""},
		{"reader writes", "POST", "/api/documents", reader, `{"title":"x"}`, 403, "insufficient_scope"},
		{"reader deletes", "DELETE", "/api/documents/1", reader, "", 403, "insufficient_scope"},
		{"unknown user", "GET", "/api/me", nobody, "", 401, "invalid_token"},
		{"a service without a user", "GET", "/api/me", service, "", 401, "invalid_token"},
		{"no token", "GET", "/api/me", "", "", 401, `Bearer realm="documents", scope=`},
		{"unknown token", "GET", "/api/me", "unknown", "", 401, "invalid_token"},
		{"owner deletes", "DELETE", "/api/documents/1", alice, "", 204, ""},
		{"deleted", "GET", "/api/documents/1", alice, "", 404, ""},
		{"our key", "GET", "/jwks", "", "", 200, ""},
	} {
		resp := f.send(t, c.method, c.path, c.token, c.body, nil)
		got := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != c.status || !strings.Contains(got, c.challenge) || (c.challenge == "") != (got == "") {
			t.Errorf("%s: got %d %q, want %d %q", c.name, resp.StatusCode, got, c.status, c.challenge)
		}
	}
}

func TestABrokenDatabaseIsNoClientsFault(t *testing.T) {
	f := start(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	resp := f.send(t, "GET", "/api/me", f.token("alice", "documents"), "", nil)
	if resp.StatusCode != 500 || resp.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("got %d %v", resp.StatusCode, resp.Header)
	}
}

func TestExplanationHasAWorkingToken(t *testing.T) {
	f := start(t)
	var out bytes.Buffer
	f.explain(&out, f.url)
	_, rest, _ := strings.Cut(out.String(), "ALICE=")
	token, _, _ := strings.Cut(rest, " ")
	if resp := f.send(t, "GET", "/api/me", token, "", nil); resp.StatusCode != 200 {
		t.Errorf("Alice's token: %d, in\n%s", resp.StatusCode, out.String())
	}
}
