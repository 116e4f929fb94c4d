//go:build !race

package rsgin_test

const raceDetector = false
