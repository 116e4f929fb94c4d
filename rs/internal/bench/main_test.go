package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/internal/bench/service"
)

// TestMain lets the processes that the command starts, which are this test program then, be what they should be.
func TestMain(m *testing.M) {
	if os.Getenv(service.Marker) == "" && os.Getenv(sectionMarker) == "" {
		os.Exit(m.Run())
	}
	if err := dispatch(context.Background(), nil, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// TestQuick sees that everything runs and that the page and its plots are written. Figures are not looked at: on a busy machine some of many
// callers may come when the first has its answer. (That a stampede is one call, package rsgin tests without a clock.)
func TestQuick(t *testing.T) {
	t.Parallel()
	docs := t.TempDir()
	var out, complaints bytes.Buffer
	if err := dispatch(t.Context(), []string{"-quick", "-docs", docs}, &out, &complaints); err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	page, err := os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"## 1. ", "## 2. ", "## 3. ", "## 4. ", "## 5. ", "## 6. ", "(benchmarks/entries.svg)", "(benchmarks/callers.svg)", "zitadel"} {
		if !strings.Contains(string(page), s) {
			t.Errorf("the page has no %q", s)
		}
	}
	for _, plot := range []string{"entries", "callers"} {
		if svg, err := os.ReadFile(filepath.Join(docs, "benchmarks", plot+".svg")); err != nil || !bytes.Contains(svg, []byte("</svg>")) {
			t.Errorf("plot %s: %v", plot, err)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	if err := dispatch(t.Context(), []string{"-slow"}, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
		t.Error("an unknown flag was accepted")
	}
}
