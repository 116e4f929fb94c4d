package devas_test

import (
	"slices"
	"testing"

	"github.com/gin-lasuite/gin-lasuite/rs/devas"
)

func TestFlap(t *testing.T) {
	t.Parallel()
	as := newAS(t)
	statuses := func(n int) (all []int) {
		for range n {
			all = append(all, status(as))
		}
		return all
	}
	as.Flap(500, 1, 3)
	as.Fail(403)
	as.FailNext(502)
	if got, want := statuses(8), []int{502, 500, 403, 403, 500, 403, 403, 500}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	as.Fail(0)
	as.Flap(503, 2, 2)
	if got, want := statuses(3), []int{503, 503, 503}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	as.Flap(503, 0, 1)
	if got, want := statuses(2), []int{200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	as.Flap(503, 1, 1)
	as.Heal()
	if got := status(as); got != 200 {
		t.Errorf("healed: %d", got)
	}
	for _, rhythm := range [][2]int{{-1, 1}, {1, 0}, {2, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("no panic for %v", rhythm)
				}
			}()
			as.Flap(devas.Hang, rhythm[0], rhythm[1])
		}()
	}
}
