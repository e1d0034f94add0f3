package server

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
	"testing"
)

// made is what was made for the tests of a package.
var made struct {
	sync.Mutex
	root    string
	folders map[string]string // by name
}

// Build builds the command with this import path, once for all tests of a
// package, and returns its file.
func Build(command string) (string, error) {
	dir, err := Once("server "+command, func(dir string) error {
		if out, err := exec.Command("go", "build", "-o", dir, command).CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", command, err, out)
		}
		return nil
	})
	return filepath.Join(dir, path.Base(command)), err
}

// Once returns a folder that fill has filled, the same for all tests of a
// package that ask by this name. [Run] removes it.
func Once(name string, fill func(dir string) error) (dir string, err error) {
	made.Lock()
	defer made.Unlock()
	if dir, ok := made.folders[name]; ok {
		return dir, nil
	}
	if made.root == "" {
		if made.root, err = os.MkdirTemp("", "gatehouse-test"); err != nil {
			return "", err
		}
		made.folders = make(map[string]string)
	}
	if dir, err = os.MkdirTemp(made.root, ""); err != nil {
		return "", err
	}
	if err := fill(dir); err != nil {
		return "", err
	}
	made.folders[name] = dir
	return dir, nil
}

// Run runs the tests of a package, and removes what was made for them.
func Run(m *testing.M) int {
	defer func() {
		made.Lock()
		defer made.Unlock()
		os.RemoveAll(made.root)
	}()
	return m.Run()
}
