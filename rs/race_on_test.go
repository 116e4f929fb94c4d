//go:build race

package rs_test

// floodSize under the race detector, which makes each token some ten times as expensive; make cover runs the million.
const floodSize = 50_000
