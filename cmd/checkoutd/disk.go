//go:build linux || darwin || freebsd

package main

import "syscall"

// freeSpace returns how many bytes an ordinary user may still write in dir.
func freeSpace(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
