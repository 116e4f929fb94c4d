package docs_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
	inline  = regexp.MustCompile("`[^`\n]*`")
)

// TestLinks: a relative link leads to a file, and its fragment to a heading there.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, doc := range files(t, ".md") {
		text := inline.ReplaceAllString(fence.ReplaceAllString(read(t, doc), ""), "")
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, fragment, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, ":") { // another host; no test of ours goes there
				continue
			}
			file := doc
			if target != "" {
				file = path.Join(path.Dir(doc), target)
			}
			if !exists(file) {
				t.Errorf("%s: %s leads nowhere", doc, found[1])
				continue
			}
			if fragment != "" && !slices.Contains(anchors(read(t, file)), fragment) {
				t.Errorf("%s: %s has no heading for #%s", doc, file, fragment)
			}
		}
	}
}

// TestPictures: a picture of HTML exists, has a width that fits the page, and words for those who do not see it.
func TestPictures(t *testing.T) {
	t.Parallel()
	whole := regexp.MustCompile(`^<p><img src="([^"]+)" width="([1-8]\d\d)" alt="([^"]{40,})"></p>$`)
	for _, doc := range files(t, ".md") {
		for line := range strings.Lines(fence.ReplaceAllString(read(t, doc), "")) {
			if !strings.Contains(line, "<img") {
				continue
			}
			img := whole.FindStringSubmatch(strings.TrimSpace(line))
			if img == nil {
				t.Errorf("%s: write <p><img src=… width=… alt=…></p> on a line of its own: %s", doc, line)
			} else if !exists(path.Join(path.Dir(doc), img[1])) {
				t.Errorf("%s: there is no picture %s", doc, img[1])
			}
		}
	}
}

// anchors are the fragments that the headings of a text have on GitHub.
func anchors(text string) []string {
	var all []string
	for _, found := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, found[1]))
	}
	return all
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	got := anchors("# What `rsctl` does: a tour\n\n```sh\n# no heading\n```\n## 2. Two")
	if want := []string{"what-rsctl-does-a-tour", "2-two"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
