package rsotel_test

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/rstest"
)

// TestDocumented: docs/reference/metrics.md has every span, instrument and attribute, and no other.
func TestDocumented(t *testing.T) {
	t.Parallel()
	k := newKit(t, false)
	defined := map[string]bool{}
	useEverything(t, k)
	for _, span := range k.spans.GetSpans() {
		defined[span.Name] = true
		for _, attr := range span.Attributes {
			defined[string(attr.Key)] = strings.HasPrefix(span.Name, "rs.") || defined[string(attr.Key)]
		}
	}
	for name, data := range k.metrics(t) {
		defined[name] = true
		if histogram, ok := data.(metricdata.Histogram[float64]); ok && strings.HasPrefix(name, "lasuite.") {
			for _, point := range histogram.DataPoints {
				for _, attr := range point.Attributes.ToSlice() {
					defined[string(attr.Key)] = true
				}
			}
		}
	}
	maps.DeleteFunc(defined, func(_ string, ours bool) bool { return !ours }) // the conventions tell what client spans have
	if got, want := documented(t), slices.Sorted(maps.Keys(defined)); !slices.Equal(got, want) {
		t.Errorf("metrics.md has\n%q, want\n%q", got, want)
	}
}

// useEverything makes every span and every measurement.
func useEverything(t *testing.T, k *kit) {
	t.Helper()
	for _, op := range append(rs.Ops(), "of tomorrow") {
		k.observer.End(k.observer.Begin(t.Context(), op), rs.Event{Op: op, Cache: rs.CacheHit, Err: errors.New("down")})
	}
	as := rstest.NewServer(t)
	client := http.Client{Transport: k.observer.Transport(as.Client().Transport)}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		request, err := http.NewRequestWithContext(t.Context(), method, rstest.Issuer, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
}

// documented are the words in the first column of the tables.
func documented(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## OpenTelemetry\n")
	var words []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| `") {
			for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				words = append(words, found[1])
			}
		}
	}
	slices.Sort(words)
	return words
}
