package archtest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	root = "github.com/gin-lasuite/gin-lasuite"

	cobra        = "github.com/spf13/cobra"
	envconfig    = "github.com/kelseyhightower/envconfig"
	gin          = "github.com/gin-gonic/gin"
	gobreaker    = "github.com/sony/gobreaker/v2"
	jsonx        = "github.com/go-json-experiment/json" // and its jsontext
	jwx          = "github.com/lestrrat-go/jwx"
	logrus       = "github.com/sirupsen/logrus"
	prometheus   = "github.com/prometheus/client_golang"
	lru          = "github.com/hashicorp/golang-lru/v2"
	singleflight = "resenje.org/singleflight"
	term         = "golang.org/x/term"
	xcpu         = "golang.org/x/sys/cpu"
	xsync        = "golang.org/x/sync"
	xtime        = "golang.org/x/time"
)

// arrows says what each package of the root module may import beyond the standard library: our own packages by their
// folder, others by the root of their module. A package that is missing here may import nothing and fails the test.
var arrows = map[string][]string{
	"rs":                    {"keys", "rs/internal/misfit", gobreaker, jsonx, lru, singleflight, xcpu, xsync, "unsafe"}, // in one file: TestUnsafeIsInOneFile
	"rs/devas":              {"rs", "keys", jsonx},
	"rs/rsdoctor":           {"rs", "rs/internal/misfit", "rs/rsenv", "keys"},
	"rs/internal/archtest":  {},
	"rs/rsenv":              {"rs", "keys", "rs/rsenv/internal/...", envconfig, jsonx, "log/slog"}, // Load warns where nobody else can
	"rs/rsenv/internal/...": {"rs", "rs/rsenv/internal/...", envconfig},
	"rs/internal/eventlog":  {"rs", "rs/internal/words"},
	"rs/internal/leaktest":  {"rs", "rs/devas", "rs/rstest", "testing", "net/http/httptest"}, // for tests only
	"rs/internal/misfit":    {},
	"rs/internal/words":     {"rs"},
	"rs/rslogrus":           {"rs", "rs/internal/eventlog", logrus},
	"rs/rsprom":             {"rs", "rs/internal/words", prometheus},
	"rs/rsslog":             {"rs", "rs/internal/eventlog", "log/slog"}, // an adapter, not the core
	"rs/rstest":             {"rs", "rs/devas", "keys", "testing", "net/http/httptest"},
	"rsgin":                 {"rs", gin, lru, xtime}, // the sources that fail too often
	"rsgin/rsgintest":       {"rs", "rs/rstest", "rsgin", gin},
	"jwksendpoint":          {},
	"keys":                  {jsonx, jwx},
	"docs":                  {},
	"cmd/...": {
		"rs", "rs/rsdoctor", "rs/rsenv", "rs/rslogrus", "rs/rsprom", "rs/devas", "rsgin", "keys", "jwksendpoint", "cmd/...",
		cobra, gin, logrus, prometheus, term, "log", // http.Server wants a *log.Logger
	},
}

// barred are the packages of the standard library that need an entry in arrows too, or are for nobody.
var barred = map[string]string{
	"testing":           "test code must not get into programs",
	"net/http/httptest": "test code must not get into programs",
	"unsafe":            "only a block of facts is worth it (docs/adr/0017)",
	"plugin":            "nothing here is worth it",
	"math/rand":         "math/rand/v2 for jitter, crypto/rand for what is secret",
	"log":               "the core does not log (docs/adr/0005)",
	"log/slog":          "the core does not log (docs/adr/0005)",
	"expvar":            "it changes http.DefaultServeMux",
	"net/http/pprof":    "it changes http.DefaultServeMux",
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, top) {
		allowed, known := allowedImports(p.folder())
		if !known {
			t.Errorf("%s: a new room: say in the table arrows what it may import, and in an ADR why it exists", p.folder())
			continue
		}
		for _, imported := range p.Imports {
			if why, ok := refuse(p.folder(), imported, allowed); !ok {
				t.Errorf("%s must not import %s: %s", p.folder(), imported, why)
			}
		}
	}
}

// TestOneRoomTouchesJWX: jwx/v2 is no longer maintained, so that moving away must stay a change of one package, tests included.
func TestOneRoomTouchesJWX(t *testing.T) {
	t.Parallel()
	for _, module := range modules(t) {
		for _, p := range list(t, module) {
			if p.ImportPath == root+"/keys" {
				continue
			}
			for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
				if below(imported, jwx) {
					t.Errorf("%s imports %s: only keys may", p.ImportPath, imported)
				}
			}
		}
	}
}

// TestArrowsAreUsed finds arrows that nothing follows any more, once their room exists.
func TestArrowsAreUsed(t *testing.T) {
	t.Parallel()
	used := map[string][]string{}
	for _, p := range list(t, top) {
		used[rowOf(p.folder())] = append(used[rowOf(p.folder())], p.Imports...)
	}
	for _, row := range slices.Sorted(maps.Keys(arrows)) {
		for _, target := range arrows[row] {
			follows := func(imported string) bool { return matches(imported, target) }
			if imports, exists := used[row]; exists && !slices.ContainsFunc(imports, follows) {
				t.Logf("%s no longer imports %s: consider taking the arrow out", row, target)
			}
		}
	}
}

// refuse says why a package may not have an import, or true.
func refuse(folder, imported string, allowed []string) (string, bool) {
	if slices.ContainsFunc(allowed, func(target string) bool { return matches(imported, target) }) {
		return "", true
	}
	if isStandard(imported) {
		why, isBarred := barred[imported]
		return why, !isBarred
	}
	return "no arrow leads there", false
}

// allowedImports is the row of arrows for a folder.
func allowedImports(folder string) ([]string, bool) {
	allowed, known := arrows[rowOf(folder)]
	return allowed, known
}

// rowOf finds the row by its name, or by the longest prefix with "/..." behind it.
func rowOf(folder string) string {
	if _, ok := arrows[folder]; ok {
		return folder
	}
	for prefix := folder; prefix != ""; {
		if _, ok := arrows[prefix+"/..."]; ok {
			return prefix + "/..."
		}
		cut := strings.LastIndexByte(prefix, '/')
		prefix = prefix[:max(cut, 0)]
	}
	return folder
}

// matches compares an import path with an entry of arrows. An entry of ours means that very folder, unless it ends in
// "/..."; one of another module means the whole module.
func matches(imported, target string) bool {
	ours, isOurs := strings.CutPrefix(imported, root+"/")
	if parent, ok := strings.CutSuffix(target, "/..."); ok {
		return isOurs && below(ours, parent)
	}
	if isOurs {
		return ours == target
	}
	return imported == target || !isStandard(target) && below(imported, target)
}

// below says whether a path is parent or something in it.
func below(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

// isStandard: the first element of any other import path has a dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
