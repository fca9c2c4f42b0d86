// Package atomicfile writes a file whole or not at all.
package atomicfile

import (
	"io"
	"os"
	"path/filepath"
)

// Write puts data at path as [WriteFrom] does.
func Write(path string, data []byte) error {
	return WriteFrom(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteFrom puts at path what write gives it, replacing what is there: into a
// temporary file beside it, synced, then renamed. Whenever the process dies,
// the old file or the new one is there. If write fails, the old file stays. The
// folder must exist.
func WriteFrom(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			temp.Close()
			os.Remove(temp.Name())
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	if err := temp.Chmod(0o644); err != nil { // temporary files are private
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	// Not every system can sync a folder; the file itself is safe.
	if folder, err := os.Open(dir); err == nil {
		folder.Sync()
		folder.Close()
	}
	return nil
}
