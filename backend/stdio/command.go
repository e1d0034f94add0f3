//go:build !js

package stdio

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// find returns the path of the command as the child would find it: in the
// PATH that the child gets, and a relative path from where it runs.
func (c Config) find() (string, error) {
	if c.Dir != "" {
		if at, err := os.Stat(c.Dir); err != nil {
			return "", fmt.Errorf("the folder to run in: %w", err)
		} else if !at.IsDir() {
			return "", fmt.Errorf("the folder to run in: %s is none", c.Dir)
		}
	}
	if strings.ContainsRune(c.Command, '/') || strings.ContainsRune(c.Command, filepath.Separator) {
		return c.findAt(c.Command)
	}
	path, ok := c.path()
	if !ok {
		return "", fmt.Errorf("command %q: the child has no PATH to find it in", c.Command)
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // such as ".", which means another folder to each process
		}
		if found, err := exec.LookPath(filepath.Join(dir, c.Command)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("command %q: not found in PATH", c.Command)
}

func (c Config) findAt(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("command %q: %w", c.Command, err)
	}
	found, err := exec.LookPath(path)
	if cause, ok := errors.AsType[*exec.Error](err); ok {
		err = cause.Err // the outer one names the path again
	}
	if err != nil {
		return "", fmt.Errorf("command %q: %w", c.Command, err)
	}
	return found, nil
}

// path returns the PATH of the child.
func (c Config) path() (string, bool) {
	if path, ok := c.Env["PATH"]; ok {
		return path, true
	}
	if !slices.Contains(c.Inherit, "PATH") {
		return "", false
	}
	return os.LookupEnv("PATH")
}
