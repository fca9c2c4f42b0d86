package smalldisk

import (
	"fmt"
	"syscall"
)

func mount(dir string, megabytes int) error {
	return syscall.Mount("concord-test", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
}

// unmount does so even if a process that dies still has a file of it.
func unmount(dir string) error { return syscall.Unmount(dir, syscall.MNT_DETACH) }

// free returns how many bytes are free.
func free(dir string) (int64, error) {
	var now syscall.Statfs_t
	err := syscall.Statfs(dir, &now)
	return int64(now.Bavail) * now.Bsize, err
}
