package value_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-lasuite/gin-lasuite/rs/rsenv/internal/value"
)

const (
	notDuration = "is no duration: write seconds (5 or 2.5) or a Go duration (5s or 1m30s)"
	notBool     = "is no truth value: write true or false"
	notInt      = "is no whole number: write digits alone"
)

type test[T any] struct {
	in   string
	want T
	err  string
}

var durations = []test[time.Duration]{
	{"5", 5 * time.Second, ""},
	{"0", 0, ""},
	{"2.5", 2500 * time.Millisecond, ""},
	{".5", 500 * time.Millisecond, ""},
	{"3.", 3 * time.Second, ""},
	{"0.000000001", 1, ""},
	{"5s", 5 * time.Second, ""},
	{"1m30s", 90 * time.Second, ""},
	{"250ms", 250 * time.Millisecond, ""},
	{"9223372036", 9223372036 * time.Second, ""},
	{"9223372037", 0, notDuration},
	{"", 0, notDuration},
	{".", 0, notDuration},
	{"-5", 0, notDuration},
	{"-5s", 0, notDuration},
	{"1.2.3", 0, notDuration},
	{"5 s", 0, notDuration},
	{"5 seconds", 0, notDuration},
	{"1e3", 0, notDuration},
	{"0x10", 0, notDuration},
	{"inf", 0, notDuration},
	{"NaN", 0, notDuration},
	{"1_000", 0, notDuration},
	{"1d", 0, notDuration},
}

func TestDuration(t *testing.T) {
	t.Parallel()
	run(t, value.Duration, durations, func(a, b time.Duration) bool { return a == b })
}

var bools = []test[bool]{
	{"true", true, ""}, {"True", true, ""}, {"TRUE", true, ""}, {"1", true, ""}, {"yes", true, ""}, {"Y", true, ""}, {"On", true, ""},
	{"false", false, ""}, {"False", false, ""}, {"0", false, ""}, {"no", false, ""}, {"n", false, ""}, {"OFF", false, ""},
	{"", false, notBool}, {"2", false, notBool}, {"none", false, notBool}, {"truee", false, notBool}, {"-1", false, notBool},
}

func TestBool(t *testing.T) {
	t.Parallel()
	run(t, value.Bool, bools, func(a, b bool) bool { return a == b })
}

var lists = []test[[]string]{
	{"", nil, ""},
	{" , ,", nil, ""},
	{"a", []string{"a"}, ""},
	{"a,b", []string{"a", "b"}, ""},
	{"a b", []string{"a", "b"}, ""},
	{" a ,\tb,\r\nc\n", []string{"a", "b", "c"}, ""},
	{"a,a", []string{"a", "a"}, ""},
	{"urn:x:y https://z.example/?q=1&r=2", []string{"urn:x:y", "https://z.example/?q=1&r=2"}, ""},
	{"a;b", []string{"a;b"}, ""},
	{"a\u00a0b", []string{"a\u00a0b"}, ""},
	{`["a", "b"]`, nil, "is written with brackets: write the words alone, with commas between them"},
}

func TestList(t *testing.T) {
	t.Parallel()
	run(t, value.List, lists, slices.Equal[[]string])
}

var ints = []test[int]{
	{"0", 0, ""}, {"10000", 10000, ""}, {"007", 7, ""}, {strconv.Itoa(math.MaxInt), math.MaxInt, ""},
	{strconv.FormatUint(math.MaxInt+1, 10), 0, notInt}, {"", 0, notInt}, {"-1", 0, notInt}, {"+1", 0, notInt}, {"1.0", 0, notInt},
	{"1e3", 0, notInt}, {"0x10", 0, notInt}, {"1_000", 0, notInt}, {"ten", 0, notInt},
}

func TestInt(t *testing.T) {
	t.Parallel()
	run(t, value.Int, ints, func(a, b int) bool { return a == b })
}

func run[T any](t *testing.T, parse func(string) (T, error), tests []test[T], equal func(a, b T) bool) {
	t.Helper()
	for _, test := range tests {
		got, err := parse(test.in)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if !equal(got, test.want) || text != test.err {
			t.Errorf("%q: got %v, %q; want %v, %q", test.in, got, text, test.want, test.err)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, test := range durations {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := value.Duration(s)
		switch {
		case err != nil && (d != 0 || err.Error() != notDuration):
			t.Errorf("got %v, %v", d, err)
		case d < 0:
			t.Errorf("got %v", d)
		}
		if again, err := value.Duration(d.String()); again != d || err != nil {
			t.Errorf("%v became %v, %v", d, again, err)
		}
	})
}

func FuzzList(f *testing.F) {
	for _, test := range lists {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := value.List(s)
		if err != nil {
			return
		}
		for _, word := range list {
			if word == "" || strings.ContainsAny(word, ", \t\n\v\f\r") || !strings.Contains(s, word) {
				t.Errorf("word %q of %q", word, s)
			}
		}
		if len(list) > 0 && strings.HasPrefix(list[0], "[") { // after a separator, so not a bracket that opens the list
			return
		}
		if again, err := value.List(strings.Join(list, ",")); !slices.Equal(list, again) || err != nil {
			t.Errorf("%q became %q, %v", list, again, err)
		}
	})
}

func FuzzBool(f *testing.F) {
	for _, test := range bools {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		upper, upperErr := value.Bool(strings.ToUpper(s))
		if b, err := value.Bool(s); err == nil && (b != upper || upperErr != nil) {
			t.Errorf("%q is %v, but in upper case %v, %v", s, b, upper, upperErr)
		}
	})
}

func FuzzInt(f *testing.F) {
	for _, test := range ints {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := value.Int(s)
		if n < 0 || err == nil && strings.Trim(s, "0123456789") != "" {
			t.Errorf("%q is %d", s, n)
		}
	})
}
