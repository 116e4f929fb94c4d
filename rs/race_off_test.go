//go:build !race

package rs_test

const floodSize = 1_000_000
