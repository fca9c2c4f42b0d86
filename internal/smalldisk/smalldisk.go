// Package smalldisk gives a test a disk that is soon full.
package smalldisk

import (
	"os"
	"path/filepath"
	"testing"
)

// A Disk is a small file system of its own, which is gone when the test is.
type Disk struct {
	Path string // may be entered by everybody
}

// New makes a disk of some megabytes. Where none can be mounted, which takes root
// and Linux, the test is skipped.
func New(t testing.TB, megabytes int) *Disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "concord-small-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	if err := mount(dir, megabytes); err != nil {
		t.Skipf("a small disk cannot be mounted, which takes root and Linux: %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return &Disk{dir}
}

// ballast is a file that takes room.
func (d *Disk) ballast() string { return filepath.Join(d.Path, "ballast") }

// Leave leaves so many kilobytes of the disk free.
func (d *Disk) Leave(t testing.TB, kilobytes int64) {
	t.Helper()
	now, err := free(d.Path)
	if err == nil {
		err = os.WriteFile(d.ballast(), make([]byte, max(0, now-kilobytes<<10)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// MakeRoom takes back what [Leave] has done.
func (d *Disk) MakeRoom(t testing.TB) {
	t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		t.Fatal(err)
	}
}
