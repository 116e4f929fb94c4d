package rsprom_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rsprom"
)

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile("../../docs/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// table is the rows below a heading whose first cell is code, by that code.
func table(t *testing.T, text, heading string) map[string][]string {
	t.Helper()
	_, section, found := strings.Cut(text, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("there is no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	all := map[string][]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if words := code(cells[0]); strings.HasPrefix(line, "| `") && len(words) == 1 {
			all[words[0]] = cells[1:]
		}
	}
	return all
}

// code is what stands between backticks, sorted.
func code(text string) []string {
	var words []string
	for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		words = append(words, found[1])
	}
	slices.Sort(words)
	return words
}

// describing is a registerer that learns the names and labels of metrics.
type describing struct {
	prometheus.Registerer

	labels map[string][]string
}

func (d describing) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc, 100)
	c.Describe(descs)
	close(descs)
	for desc := range descs {
		found := regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([\w,]*)\}`).FindStringSubmatch(desc.String())
		d.labels[found[1]] = slices.Sorted(slices.Values(slices.DeleteFunc(strings.Split(found[2], ","), func(s string) bool { return s == "" })))
	}
	return nil
}

// metrics are the labels of every metric by its name.
func metrics(t *testing.T) map[string][]string {
	t.Helper()
	reg := describing{labels: map[string][]string{}}
	if _, err := rsprom.New(reg); err != nil {
		t.Fatal(err)
	}
	if _, err := rsprom.Cache(reg, countingCache{}); err != nil {
		t.Fatal(err)
	}
	return reg.labels
}

func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	documented, defined := table(t, read(t, "reference/metrics.md"), "Prometheus"), metrics(t)
	for name, row := range documented {
		if labels, ok := defined[name]; !ok {
			t.Errorf("metrics.md has %s, which does not exist", name)
		} else if !slices.Equal(code(row[1]), labels) {
			t.Errorf("metrics.md: %s has the labels %q, want %q", name, code(row[1]), labels)
		}
	}
	for name := range defined {
		if _, ok := documented[name]; !ok {
			t.Errorf("metrics.md does not have %s", name)
		}
	}
}

// vocabulary is every value of every label: what package rs says, and what is added here.
func vocabulary(t *testing.T) map[string][]string {
	t.Helper()
	words := map[string][]string{
		"op": {"other"}, "kind": {"ok"}, "reason": {"", "other"}, "cache": {"", "other"},
		"call": {"get", "put"}, "result": {"error", "hit", "miss", "ok"}, "holds": {"active", "inactive", "userinfo"},
		"issuer": {}, // those that are configured
	}
	for kind := range rs.Kind(255) {
		if word := kind.String(); !slices.Contains(words["kind"], word) {
			words["kind"] = append(words["kind"], word)
		}
	}
	for _, reason := range rs.Reasons() {
		words["reason"] = append(words["reason"], string(reason))
	}
	for _, op := range rs.Ops() {
		words["op"] = append(words["op"], string(op))
	}
	for _, status := range rs.CacheStatuses() {
		words["cache"] = append(words["cache"], string(status))
	}
	return words
}

func TestLabelsAreDocumented(t *testing.T) {
	t.Parallel()
	documented, words := table(t, read(t, "reference/metrics.md"), "Labels"), vocabulary(t)
	if got, want := slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(words)); !slices.Equal(got, want) {
		t.Fatalf("metrics.md has the labels %q, want %q", got, want)
	}
	words["reason"] = []string{"other"} // the rest is in reasons.md, which has a test of its own
	for label, want := range words {
		want = slices.Sorted(slices.Values(slices.DeleteFunc(want, func(s string) bool { return s == "" })))
		if got := code(documented[label][0]); !slices.Equal(got, want) {
			t.Errorf("metrics.md: %s has the values %q, want %q", label, got, want)
		}
	}
}

var (
	metricName = regexp.MustCompile(`lasuite_rs_\w+`)
	matcher    = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
)

// checkQuery: the metrics of a query exist, and it compares their labels with what they can be.
func checkQuery(t *testing.T, where, query string, defined, words map[string][]string) {
	t.Helper()
	names := metricName.FindAllString(query, -1)
	if len(names) == 0 {
		t.Errorf("%s: %s asks for no metric of ours", where, query)
	}
	labels := []string{"job", "instance"}
	for _, name := range names {
		known, ok := defined[strings.TrimSuffix(name, "_bucket")]
		if !ok {
			t.Errorf("%s: there is no %s", where, name)
		}
		labels = append(labels, known...)
	}
	for _, found := range matcher.FindAllStringSubmatch(query, -1) {
		label, operator, pattern := found[1], found[2], found[3]
		if !slices.Contains(labels, label) {
			t.Errorf("%s: no metric of %s has the label %s", where, query, label)
		}
		if len(words[label]) == 0 {
			continue // job, instance, issuer
		}
		if !strings.HasSuffix(operator, "~") {
			pattern = regexp.QuoteMeta(pattern)
		}
		for alternative := range strings.SplitSeq(pattern, "|") { // one that matches nothing is misspelt
			whole, err := regexp.Compile("^(" + pattern + ")$")
			if !strings.Contains(pattern, "(") {
				whole, err = regexp.Compile("^" + alternative + "$")
			}
			if err != nil || !slices.ContainsFunc(words[label], whole.MatchString) {
				t.Errorf("%s: %s is never %q (%v)", where, label, alternative, err)
			}
		}
	}
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		UID    string
		Panels []struct {
			ID                 int
			Type               string
			Title, Description string
			GridPos            struct{ H, W, X, Y int }
			Targets            []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "observability/dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	defined, words := metrics(t), vocabulary(t)
	ids, cells, shown := map[int]bool{}, map[[2]int]string{}, ""
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] {
			t.Errorf("%s: the id %d is another panel's too", panel.Title, panel.ID)
		}
		ids[panel.ID] = true
		for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
			for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies over %s, or beyond the edge", panel.Title, other)
				}
				cells[[2]int{x, y}] = panel.Title
			}
		}
		if panel.Type == "row" {
			continue
		}
		if panel.Title == "" || panel.Description == "" || len(panel.Targets) == 0 {
			t.Errorf("panel %d, %q, lacks a title, a description or a query", panel.ID, panel.Title)
		}
		for _, target := range panel.Targets {
			checkQuery(t, panel.Title, target.Expr, defined, words)
			shown += target.Expr
		}
	}
	for name := range defined {
		if !strings.Contains(shown, name) {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
	if dashboard.UID == "" {
		t.Error("the dashboard has no uid, so that importing it again makes a second one")
	}
}

// TestAlerts: promtool, see docs/observability/check.sh, says whether they are good; this, whether they are about us, tested
// and explained.
func TestAlerts(t *testing.T) {
	t.Parallel()
	defined, words := metrics(t), vocabulary(t)
	explained := table(t, read(t, "how-to/observability.md"), "Alerts")
	tests := read(t, "observability/alerts_test.yml")
	alert := regexp.MustCompile(`(?s)- alert: (\w+)\n +expr: (.*?)\n +(?:for|labels):.*?severity: (\w+)`)
	all := alert.FindAllStringSubmatch(read(t, "observability/alerts.yml"), -1)
	for _, found := range all {
		name, query, severity := found[1], found[2], found[3]
		checkQuery(t, name, query, defined, words)
		if row := explained[name]; len(row) == 0 || row[0] != severity {
			t.Errorf("how-to/observability.md says %v of %s, which is %s", row, name, severity)
		}
		if !strings.Contains(tests, "alertname: "+name) {
			t.Errorf("alerts_test.yml does not test %s", name)
		}
	}
	if len(all) == 0 || len(all) != len(explained) {
		t.Errorf("how-to/observability.md explains %d alerts, and there are %d", len(explained), len(all))
	}
}
