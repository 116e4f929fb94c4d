package rstest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// goldenHeaders are what a client decides by.
var goldenHeaders = [...]string{"WWW-Authenticate", "Retry-After"}

// CheckGolden checks that resp is, to the letter, the refusal in golden: the status, WWW-Authenticate and Retry-After
// where they are, and the body:
//
//	403 Forbidden
//	WWW-Authenticate: Bearer realm="documents", error="insufficient_scope", error_description="…", scope="documents"
//	{"status":403,"title":"Forbidden","error":"insufficient_scope","error_description":"…"}
//
// Space around lines of golden does not count, so that it can be a raw string in the source or a file in testdata. The failure
// shows what came: write the golden text by copying it from there once you have read it. It reads and closes the body. That a
// refusal is right, whatever it says, is for [CheckRefusal] to tell.
func CheckGolden(t testing.TB, resp *http.Response, golden string) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("reading the body: %v", err)
		return
	}
	if got, want := transcript(resp, string(body)), trimLines(golden); got != want {
		t.Errorf("the refusal is\n%s\n\nwant\n%s", got, want)
	}
}

func transcript(resp *http.Response, body string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s\n", resp.StatusCode, http.StatusText(resp.StatusCode))
	for _, name := range goldenHeaders {
		for _, value := range resp.Header.Values(name) {
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	text.WriteString(body)
	return trimLines(text.String())
}

// trimLines takes off the space around each line, and the lines before the first and after the last that has anything else.
func trimLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
