package audit

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Discard is a sink that keeps nothing.
type Discard struct{}

// Write does nothing.
func (Discard) Write([]Event) error { return nil }

// Close does nothing.
func (Discard) Close() error { return nil }

// File is a sink that appends lines of JSON to a file that only this user can
// read. A file that has grown to its bound is renamed path.1, and the one that
// had that name path.2. If something else moves the file away a new one is
// begun. One process may write to it.
type File struct {
	path     string
	maxBytes int64
	keep     int

	file *os.File
	info os.FileInfo // of file, to know it again
	size int64       // of what was written whole
	torn bool        // a part of a batch lies beyond that
	buf  []byte
}

var _ Sink = (*File)(nil)

// OpenFile opens the file for appending, and creates it and its folder if need
// be. It is renamed before it grows over maxBytes, and that many old ones are
// kept; zero means 64 MiB and 5.
func OpenFile(path string, maxBytes int64, keep int) (*File, error) {
	f := &File{path: path, maxBytes: cmp.Or(maxBytes, 64<<20), keep: cmp.Or(keep, 5)}
	if err := f.ready(); err != nil {
		return nil, err
	}
	return f, nil
}

// Write appends the events and waits until they are on the disk.
func (f *File) Write(events []Event) error {
	f.buf = f.buf[:0]
	for i := range events {
		f.buf = append(events[i].appendJSON(f.buf), '\n')
	}
	if err := f.ready(); err != nil {
		return err
	}
	if f.size > 0 && f.size+int64(len(f.buf)) > f.maxBytes {
		if err := f.rotate(); err != nil {
			return err
		}
	}
	if err := f.append(f.buf); err != nil {
		f.torn = true
		return errors.Join(err, f.mend())
	}
	f.size += int64(len(f.buf))
	return nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

func (f *File) append(data []byte) error {
	if _, err := f.file.Write(data); err != nil {
		return err
	}
	return f.file.Sync()
}

// ready makes sure that the file at the path is open and ends where the last
// whole batch does.
func (f *File) ready() error {
	there, err := os.Stat(f.path)
	if f.file == nil || errors.Is(err, fs.ErrNotExist) || (err == nil && !os.SameFile(there, f.info)) {
		return f.open()
	}
	if err != nil {
		return err
	}
	return f.mend()
}

// mend cuts off what was written of a batch that failed: it will be written
// again as a whole. The file is opened anew, for the fault may be the handle's.
func (f *File) mend() error {
	if !f.torn {
		return nil
	}
	if err := os.Truncate(f.path, f.size); err != nil {
		return err
	}
	return f.open()
}

func (f *File) open() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	size, err := endLine(file)
	info, errInfo := file.Stat()
	if err := errors.Join(err, errInfo); err != nil {
		return errors.Join(err, file.Close())
	}
	if f.file != nil {
		f.file.Close() // all that was written to it is on the disk
	}
	f.file, f.info, f.size, f.torn = file, info, size, false
	return nil
}

// endLine ends the line that a process was writing when it died, and returns
// the size of the file.
func endLine(file *os.File) (int64, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return size, err
	}
	var last [1]byte
	if _, err := file.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
		return size, err
	}
	n, err := file.WriteString("\n")
	return size + int64(n), err
}

// rotate moves the old files on by one, and begins a new one.
func (f *File) rotate() error {
	// An open file cannot be renamed everywhere.
	f.file.Close()
	f.file = nil
	for n := f.keep; n > 0; n-- {
		err := os.Rename(f.old(n-1), f.old(n))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return f.open()
}

func (f *File) old(n int) string {
	if n == 0 {
		return f.path
	}
	return f.path + "." + strconv.Itoa(n)
}
