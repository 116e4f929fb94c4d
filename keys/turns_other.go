//go:build !linux

package keys

// yieldThread is left to the kernel.
func yieldThread() {}
