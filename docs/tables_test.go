package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
)

// rows are the tables of a text: the cells of each row, without those of header and rule.
func rows(text string) [][]string {
	var all [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") || strings.HasPrefix(line, "| --") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		all = append(all, cells)
	}
	return all
}

// constants are the values of the constants of a type in a file.
func constants(t *testing.T, path, typ string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), top+"/"+path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typ {
			for _, value := range spec.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constants of type %s", path, typ)
	}
	return values
}

// TestReasonsAreListed: docs/reference/reasons.md has every reason of rs once, and no other.
func TestReasonsAreListed(t *testing.T) {
	t.Parallel()
	var all []string
	for _, reason := range rs.Reasons() {
		all = append(all, string(reason))
	}
	compareWords(t, "docs/reference/reasons.md", all)
}

// TestFindingsAreListed: docs/reference/findings.md has every code of rs/rsdoctor once, and no other.
func TestFindingsAreListed(t *testing.T) {
	t.Parallel()
	compareWords(t, "docs/reference/findings.md", constants(t, "rs/rsdoctor/codes.go", "Code"))
}

// compareWords wants each word to stand once at the beginning of a row, and no other.
func compareWords(t *testing.T, page string, words []string) {
	t.Helper()
	listed := map[string]int{}
	for _, row := range rows(read(t, page)) {
		if word := strings.Trim(row[0], "`"); word != row[0] {
			listed[word]++
		}
	}
	for _, word := range words {
		if listed[word] != 1 {
			t.Errorf("%s has %s %d times, want once", page, word, listed[word])
		}
		delete(listed, word)
	}
	for word := range listed {
		t.Errorf("%s has %s, which does not exist", page, word)
	}
}

// TestStatusesAreTrue compares the table of kinds in docs/reference/statuses.md with what an Error of that kind says.
func TestStatusesAreTrue(t *testing.T) {
	t.Parallel()
	kinds := map[string]rs.Kind{
		"ErrMissingToken": rs.ErrMissingToken, "ErrInvalidRequest": rs.ErrInvalidRequest, "ErrInvalidToken": rs.ErrInvalidToken,
		"ErrInsufficientScope": rs.ErrInsufficientScope, "ErrUnavailable": rs.ErrUnavailable, "ErrInternal": rs.ErrInternal,
		"ErrTooManyFailures": rs.ErrTooManyFailures, "ErrForbidden": rs.ErrForbidden,
	}
	if next := rs.Kind(len(kinds)); next.String() != rs.ErrInternal.String() { // as every number beyond the last kind
		t.Errorf("kind %q is new: it needs a row in statuses.md and a line here", next)
	}
	for _, row := range rows(read(t, "docs/reference/statuses.md")) {
		name := strings.TrimPrefix(strings.Trim(row[0], "`"), "rs.")
		kind, ok := kinds[name]
		if !ok {
			continue
		}
		delete(kinds, name)
		e := &rs.Error{Kind: kind}
		if status := strconv.Itoa(e.Status()); row[1] != status {
			t.Errorf("%s: status %s, want %s", name, row[1], status)
		}
		if code := strings.Trim(row[2], "`"); code != e.Code() && (code != "none" || e.Code() != "") {
			t.Errorf("%s: error %s, want %q", name, code, e.Code())
		}
		if challenge := row[3] != "none"; challenge != (e.Challenge() != "") {
			t.Errorf("%s: challenge %s, want %q", name, row[3], e.Challenge())
		}
	}
	for name := range kinds {
		t.Errorf("statuses.md has no row for %s", name)
	}
}

// TestWhatSecurityNamesExists: each file and each test that docs/security.md relies on is there.
func TestWhatSecurityNamesExists(t *testing.T) {
	t.Parallel()
	defined := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, path := range files(t, "_test.go") {
		for _, found := range function.FindAllStringSubmatch(read(t, path), -1) {
			defined[found[1]] = true
		}
	}
	text := read(t, "docs/security.md")
	for _, found := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(text, -1) {
		if !defined[found[1]] {
			t.Errorf("docs/security.md relies on %s, which does not exist", found[1])
		}
	}
	for _, found := range regexp.MustCompile("`([a-z]+/[\\w/.-]*)`").FindAllStringSubmatch(text, -1) {
		if strings.HasSuffix(found[1], ".go") && !exists(found[1]) {
			t.Errorf("docs/security.md relies on %s, which does not exist", found[1])
		}
	}
}

// TestSettingsOfDjangoLasuiteAreRead: the guide for those who move names no variable that is not read.
func TestSettingsOfDjangoLasuiteAreRead(t *testing.T) {
	t.Parallel()
	listed := read(t, "docs/reference/environment.md")
	name := regexp.MustCompile("`(OIDC_[A-Z_]+)`")
	for _, row := range rows(read(t, "docs/how-to/migrate-from-django-lasuite.md")) {
		for _, found := range name.FindAllStringSubmatch(strings.Join(row, " "), -1) {
			if !strings.Contains(listed, "`"+found[1]+"`") {
				t.Errorf("%s is in no table of environment.md", found[1])
			}
		}
	}
}

// TestReasonsInTextsExist: "reason=…" in a page is followed by a Reason.
func TestReasonsInTextsExist(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("reason=([a-z_]+)")
	for _, doc := range files(t, ".md") {
		for _, found := range named.FindAllStringSubmatch(read(t, doc), -1) {
			if !slices.Contains(rs.Reasons(), rs.Reason(found[1])) {
				t.Errorf("%s: %s is no Reason", doc, found[1])
			}
		}
	}
}
