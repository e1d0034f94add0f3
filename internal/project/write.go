package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNotEmpty is a folder that a project may not be written into.
var ErrNotEmpty = errors.New("the folder is not empty; name one that is not there yet")

// write makes the folder with these files. They are written beside it and
// moved there as a whole.
func write(dir string, files map[string]string) (err error) {
	// 1. Refuse what is in the way.
	there, err := vacant(dir)
	if err != nil {
		return err
	}

	// 2. Write everything.
	stage, err := os.MkdirTemp(filepath.Dir(dir), ".new-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	whole := filepath.Join(stage, filepath.Base(dir))
	for name, text := range files {
		path := filepath.Join(whole, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			return err
		}
	}

	// 3. Move it. Somebody who was faster is not overwritten: both steps fail
	// for a folder that has something in it.
	if there {
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
	return os.Rename(whole, dir)
}

// vacant tells whether the folder is there. It must be empty then.
func vacant(dir string) (there bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case len(entries) > 0:
		return true, fmt.Errorf("%s: %w", dir, ErrNotEmpty)
	}
	return true, nil
}
