// Package worker holds the folder that runs a program as a Worker, for
// programs of others: the front door, what builds it, and what deploys it.
package worker

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed .gitignore build.mjs crossing.mjs key.mjs object.mjs package.json package-lock.json worker.mjs wrangler.jsonc
var files embed.FS

// Program is what a Worker runs.
type Program struct {
	Name   string // of the Worker, as Cloudflare allows it
	Main   string // where its main package is, seen from the folder
	Config string // where its configuration is, seen from the folder
}

// edit is a place in the folder where this program's own Worker names itself.
type edit struct{ file, from, to string }

// edits are all such places.
func (p Program) edits() []edit {
	return []edit{
		{"build.mjs", `"../cmd/gatehouse"`, `"` + p.Main + `"`},
		{"build.mjs", "The program is ../cmd/gatehouse ", "The program is " + p.Main + " "},
		{"package.json", `"name": "gatehouse-worker"`, `"name": "` + p.Name + `-worker"`},
		{"package.json", `"description": "Gatehouse in`, `"description": "` + p.Name + ` in`},
		{"package-lock.json", `"name": "gatehouse-worker"`, `"name": "` + p.Name + `-worker"`},
		{"object.mjs", `"./gatehouse.yaml"`, `"` + p.Config + `"`},
		{"wrangler.jsonc", `"name": "gatehouse"`, `"name": "` + p.Name + `"`},
		{"wrangler.jsonc", "https://gatehouse.ACCOUNT", "https://" + p.Name + ".ACCOUNT"},
	}
}

// Files returns the files of the folder for a program, by their names.
func Files(p Program) (map[string]string, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	folder := make(map[string]string, len(entries))
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		folder[e.Name()] = string(text)
	}
	for _, e := range p.edits() {
		if !strings.Contains(folder[e.file], e.from) {
			return nil, fmt.Errorf("%s does not say %s", e.file, e.from)
		}
		folder[e.file] = strings.ReplaceAll(folder[e.file], e.from, e.to)
	}
	return folder, nil
}
