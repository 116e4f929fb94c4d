package words_test

import (
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs"
	"github.com/gin-lasuite/gin-lasuite/rs/internal/words"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, reason := range append(rs.Reasons(), "") {
		if got := words.Reason(reason); got != string(reason) {
			t.Errorf("the reason %q becomes %q", reason, got)
		}
	}
	for _, op := range rs.Ops() {
		if got := words.Op(op); got != string(op) {
			t.Errorf("the op %q becomes %q", op, got)
		}
	}
	for _, status := range append(rs.CacheStatuses(), "") {
		if got := words.Cache(status); got != string(status) {
			t.Errorf("the cache status %q becomes %q", status, got)
		}
	}
	if got := words.Reason("a") + words.Op("b") + words.Cache("c"); got != "otherotherother" {
		t.Errorf("unknown words become %q", got)
	}
}
