// Package project writes a small project of a user's own: a program with one
// tool, and the folder that runs it as a Worker.
//
//	Find(folders) -> Source -> Source.files(name) -> write(dir)
//
// What it writes is the program in template, which is built and tested as all
// else here, the folder worker, and a go.mod that leads to the source.
package project

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"gatehouse/worker"
)

//go:embed all:template
var template embed.FS

// placeholder stands in the template for the name of the project.
const placeholder = "NAME"

// names are the names that a Worker can have, and a host name begin with.
var names = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckName returns what is wrong with the name of a project.
func CheckName(name string) error {
	if !names.MatchString(name) {
		return fmt.Errorf("%q is no name for a project, which becomes a part of its host name: "+
			"write small letters, digits and dashes, at most 63, beginning with a letter and not ending with a dash", name)
	}
	return nil
}

// Create writes a project into dir, which is not there yet or is empty. It
// writes all of it or nothing.
func Create(dir, name string, source Source) error {
	if err := CheckName(name); err != nil {
		return err
	}
	files, err := source.files(name)
	if err != nil {
		return err
	}
	return write(dir, files)
}

// files are the files of a project, by their slashed paths.
func (s Source) files(name string) (map[string]string, error) {
	files := map[string]string{"go.mod": s.goMod("example.com/" + name), "go.sum": s.sum}
	folder, err := worker.Files(worker.Program{Name: name, Main: "..", Config: "../gatehouse.yaml"})
	if err != nil {
		return nil, err
	}
	for file, text := range folder {
		files[path.Join("worker", file)] = text
	}
	err = fs.WalkDir(template, "template", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := template.ReadFile(file)
		files[strings.TrimPrefix(file, "template/")] = strings.ReplaceAll(string(text), placeholder, name)
		return err
	})
	return files, err
}
