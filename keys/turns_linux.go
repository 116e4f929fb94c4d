package keys

import "syscall"

// yieldThread offers the processor to other threads that wait for it. Without
// it, two decryptions in a row use up the kernel's time slice, and a thread that
// a cached token has woken waits on their processor until it ends: beside a crowd
// of new tokens the 99th percentile of cached ones is 1.5 ms with it and 2.7 ms
// without (make bench, two processors). It costs less than a microsecond.
func yieldThread() {
	_, _, _ = syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) //nolint:dogsled // it cannot fail, and does not answer
}
