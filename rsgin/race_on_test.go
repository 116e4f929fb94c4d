//go:build race

package rsgin_test

// raceDetector allocates too, so allocations cannot be counted with it.
const raceDetector = true
