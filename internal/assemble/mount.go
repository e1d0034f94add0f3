package assemble

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/gateway"
	"gatehouse/gateway/bounds"
	"gatehouse/gateway/view"
	"gatehouse/internal/config"
)

// Server is one backend that is built in, and what people are told about its
// scopes.
type Server struct {
	Mount  gateway.Mount
	Scopes map[string]string // scope to a sentence for the consent page
}

// addOwn mounts a backend that is built in, as main has it but for what the
// operator says.
func (m *Mounted) addOwn(server Server, said config.Backend) {
	if said.Disabled {
		return
	}
	maps.Copy(m.ScopeText, server.Scopes)
	mount := server.Mount
	mount.Kind = "builtin"
	if said.Timeout == 0 {
		said.Timeout = config.Duration(bounds.NoTimeout) // functions of main take the time that main gives them
	}
	if said.Concurrency == 0 {
		said.Concurrency = manyOwn
	}
	m.put(mount, said)
}

// manyOwn is how many calls of a backend in this process run at once: more
// than the host itself takes.
const manyOwn = 1 << 16

// add mounts a backend that is configured.
func (m *Mounted) add(name string, o opened) {
	kind := "remote"
	if o.of.Child() {
		kind = "stdio"
	}
	m.put(gateway.Mount{Name: name, Kind: kind, Prefix: name + "_", Scopes: []string{name}, Backend: o.backend}, o.of)
}

// put adds a mount, with what the operator says over it.
func (m *Mounted) put(mount gateway.Mount, said config.Backend) {
	if said.Prefix != nil {
		mount.Prefix = *said.Prefix
	}
	if said.Scopes != nil {
		mount.Scopes = said.Scopes
	}
	mount.Tools, mount.Prompts, mount.Resources = selection(said.Tools), selection(said.Prompts), selection(said.Resources)
	mount.Pin = said.Pin
	mount.Limits = bounds.Limits{
		Timeout:     time.Duration(said.Timeout),
		MaxTime:     time.Duration(said.MaxTime),
		Concurrency: said.Concurrency,
		Queue:       said.Queue,
	}
	if said.Description != "" {
		for _, scope := range mount.Scopes {
			m.ScopeText[scope] = said.Description
		}
	}
	m.Mounts = append(m.Mounts, mount)
}

// Scopes are those that callers need for one backend or another.
func (s *Backends) Scopes(c config.Config) []string {
	var all []string
	add := func(usual []string, said config.Backend) {
		if said.Scopes != nil {
			usual = said.Scopes
		}
		if !said.Disabled {
			all = append(all, usual...)
		}
	}
	for _, server := range s.Servers {
		add(server.Mount.Scopes, c.Backends[server.Mount.Name])
	}
	for name, b := range each(c) {
		if !b.Own() {
			add([]string{name}, b)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func selection(s config.Selection) view.Selection {
	made := view.Selection{Include: s.Include, Exclude: s.Exclude}
	for name, o := range s.Override {
		if made.Override == nil {
			made.Override = make(map[string]view.Override)
		}
		made.Override[name] = view.Override{
			Name:        o.Name,
			Title:       o.Title,
			Description: o.Description,
			Annotations: annotations(o.Annotations),
		}
	}
	return made
}

func annotations(a *config.Annotations) jsontext.Value {
	if a == nil {
		return nil
	}
	raw, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("annotations of words, truths and numbers are no JSON: %v", err))
	}
	return raw
}
