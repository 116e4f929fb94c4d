package wycheproof_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	vectors "github.com/c2sp/wycheproof"
)

// What can become of a vector. The words that follow are the reasons.
const (
	accepted   = "accepted, as it should be"
	refused    = "refused, as it should be"
	acceptable = "may be accepted or refused: "
	stricter   = "valid, and refused: "
	outOfScope = "not applicable: "
)

// tally counts what became of the vectors of a file.
type tally map[string]int

func (c tally) total() (n int) {
	for _, count := range c {
		n += count
	}
	return n
}

// String has one line for each outcome.
func (c tally) String() string {
	var b strings.Builder
	for _, outcome := range slices.SortedFunc(maps.Keys(c), cmp.Compare) {
		fmt.Fprintf(&b, "\n%6d  %s", c[outcome], outcome)
	}
	return b.String()
}

// vector is what all of them have. Others are read from the whole text.
type vector struct {
	TcID            int
	Comment, Result string
	whole           json.RawMessage
}

func (v vector) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(v.whole, into); err != nil {
		t.Fatalf("tcId %d: %v", v.TcID, err)
	}
}

type group struct {
	Type  string
	Tests []json.RawMessage
	whole json.RawMessage
}

// verdict is what package keys says about a vector: "" if it accepts, a reason if it refuses.
type verdict struct {
	accepted bool
	why      string // of a refusal; or why it is not applicable
	foreign  bool   // not applicable
}

// eachVector lets judge decide on all vectors of a file, checks that none that is invalid is accepted, and counts.
func eachVector(t *testing.T, file string, judge func(t *testing.T, g group, v vector) verdict) tally {
	t.Helper()
	counts := tally{}
	for _, g := range groups(t, file) {
		for _, whole := range g.Tests {
			v := vector{whole: whole}
			v.decode(t, &v)
			got := judge(t, g, v)
			switch {
			case got.foreign:
				counts[outOfScope+got.why]++
			case v.Result == "invalid" && got.accepted:
				t.Errorf("%s, tcId %d (%s): invalid, and accepted", file, v.TcID, v.Comment)
			case v.Result == "acceptable" && got.accepted:
				counts[acceptable+"accepted"]++
			case v.Result == "acceptable":
				counts[acceptable+"refused"]++
			case got.accepted:
				counts[accepted]++
			case v.Result == "invalid":
				counts[refused]++
			default:
				counts[stricter+got.why]++
			}
		}
	}
	return counts
}

func groups(t *testing.T, file string) []group {
	t.Helper()
	data, err := fs.ReadFile(vectors.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		NumberOfTests int
		TestGroups    []json.RawMessage
	}
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	list, n := make([]group, len(document.TestGroups)), 0
	for i, whole := range document.TestGroups {
		if err := json.Unmarshal(whole, &list[i]); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list[i].whole = whole
		n += len(list[i].Tests)
	}
	if n != document.NumberOfTests {
		t.Errorf("%s: %d vectors, and it says %d", file, n, document.NumberOfTests)
	}
	return list
}
