//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"gatehouse/internal/project"
)

// new begins a project of the user's own.
func (p *program) new(_ context.Context, args []string) error {
	fs := p.flags("new")
	name := fs.String("name", "", "the `name` of the project (default that of its folder)")
	from := fs.String("source", "", "the `folder` with the source of gatehouse (default where this command was built, or is run)")
	rest, err := p.parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return fmt.Errorf("%w: name one folder", errUsage)
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(rest[0])
	if err != nil {
		return err
	}
	if dir == here {
		return errors.New("the folder you are in would be replaced: name one that is not there yet")
	}
	if *name == "" {
		*name = filepath.Base(dir)
	}
	if err := project.CheckName(*name); err != nil {
		return fmt.Errorf("%w (or give it another with --name)", err)
	}
	source, err := findSource(*from, here)
	if err != nil {
		return err
	}
	if err := project.Create(dir, *name, source); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s is there, built on the source in %s. Go on with:\n\n", rest[0], source.Dir)
	fmt.Fprintf(p.stdout, "  cd %s\n  go run . dev      (or: make run)\n  make worker       (in the runtime of Cloudflare Workers; needs Node.js)\n", rest[0])
	return nil
}

// findSource opens the source that a project is built on: the one that was
// named, else the one that this command was built from, else the one that it
// is run in.
func findSource(named, here string) (project.Source, error) {
	if named != "" {
		return project.Open(named)
	}
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) { // with -trimpath it is not
		if s, err := project.Find(filepath.Dir(file)); err == nil {
			return s, nil
		}
	}
	s, err := project.Find(here)
	if errors.Is(err, project.ErrNoSource) {
		return s, errors.New("the source of gatehouse is not where this command was built, nor here: " +
			"get it, and say where it is with --source FOLDER; a project is built from it")
	}
	return s, err
}
