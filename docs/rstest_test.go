package docs_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/devas"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// TestFaultsInTheReference: docs/reference/rstest.md lists every fault, and what becomes of a request with a good token.
func TestFaultsInTheReference(t *testing.T) {
	t.Parallel()
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^\t(\w+) += devas\.\w+ +//`).FindAllStringSubmatch(read(t, "rs/rstest/faults.go"), -1) {
		names = append(names, found[1])
	}
	faults := devas.Faults()
	if len(names) != len(faults) {
		t.Fatalf("rstest has %d faults, devas %d", len(names), len(faults))
	}
	var want strings.Builder
	for i, f := range faults { // in the order of their constants
		fmt.Fprintf(&want, "| `rstest.%s` | `%s` | %s | %d |\n", names[i], f, f.About(), statusDuring(t, f))
	}
	if !strings.Contains(read(t, "docs/reference/rstest.md"), "|---|---|---|---|\n"+want.String()+"\n") {
		t.Errorf("docs/reference/rstest.md should have these rows:\n%s", &want)
	}
}

// statusDuring is what a service answers to a good token that it sees for the first time.
func statusDuring(t *testing.T, f rstest.Fault) (status int) {
	synctest.Test(t, func(t *testing.T) {
		as := rstest.NewServer(t)
		server, err := rs.New(as.Config(rstest.JWT))
		if err != nil {
			t.Fatal(err)
		}
		as.Fail(f)
		handler := server.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
		status = rstest.Do(handler, rstest.Request(http.MethodGet, "/", as.Issue(nil))).StatusCode
	})
	return status
}

// TestCacheRulesInTheReference: docs/reference/rstest.md lists every promise of a cache.
func TestCacheRulesInTheReference(t *testing.T) {
	t.Parallel()
	var want strings.Builder
	for _, rule := range regexp.MustCompile(`(?m)^\t\{"(\w+)", "([^"]+)", check\w+\},$`).FindAllStringSubmatch(read(t, "rs/rstest/cache.go"), -1) {
		fmt.Fprintf(&want, "| `%s` | %s |\n", rule[1], rule[2])
	}
	if want.Len() == 0 || !strings.Contains(read(t, "docs/reference/rstest.md"), "|---|---|\n"+want.String()+"\n") {
		t.Errorf("docs/reference/rstest.md should have these rows:\n%s", &want)
	}
}
