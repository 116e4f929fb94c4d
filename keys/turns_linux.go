package keys

import "syscall"

// yieldThread offers the processor to other threads that wait for it. Without
// it, two decryptions in a row use up the kernel's time slice, and a thread that
// a cached token has woken waits on their processor until it ends: beside a crowd
// of new tokens the 99th percentile of cached ones is 1.5 ms with it and 2.7 ms
// without (make bench, two processors). It costs less than a microsecond.
//
// With a longer time slice of its own for the thread (sched_setattr(2) since Linux
// 6.12) the kernel would interrupt the decryption itself: 1.0 ms instead of 1.6 in
// the same runs. But filters for system calls that harden a service often leave
// that call out, and may end the process for it; every Go program makes this one.
func yieldThread() {
	_, _, _ = syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) //nolint:dogsled // it cannot fail, and does not answer
}
