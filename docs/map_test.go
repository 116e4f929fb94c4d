package docs_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestTheMapIsComplete: every file of these packages stands once in the map, under the heading of its folder, and no other does.
func TestTheMapIsComplete(t *testing.T) {
	t.Parallel()
	const page = "docs/explanation/map-of-the-code.md"
	all := files(t, ".go")
	for _, folder := range []string{"rs", "rsgin", "keys"} {
		_, section, _ := strings.Cut(read(t, page), "\n## "+folder+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		drawn := map[string]int{}
		for _, name := range regexp.MustCompile("`([a-z0-9_]+\\.go)`").FindAllStringSubmatch(section, -1) {
			drawn[name[1]]++
		}
		for _, file := range all {
			dir, name := path.Split(file)
			if dir != folder+"/" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			if drawn[name] != 1 {
				t.Errorf("%s has %s %d times: give it one place under ## %s", page, name, drawn[name], folder)
			}
			delete(drawn, name)
		}
		for name := range drawn {
			t.Errorf("%s has %s, which is not in %s", page, name, folder)
		}
	}
}
