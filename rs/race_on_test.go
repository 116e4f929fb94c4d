//go:build race

package rs_test

// floodSize under the race detector, which makes each token some ten times as expensive; the million runs without it, in make cover.
const floodSize = 50_000
