//go:build !linux

package main_test

import "testing"

// reservePort is 0, any that is free: elsewhere a port cannot be bound twice.
func reservePort(*testing.T) int { return 0 }
