package config

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// backendName is what IsBackendName knows, for editors.
const backendName = `^[a-z0-9][a-z0-9_-]{0,62}$`

// NameRule says in words what the name of a backend is.
const NameRule = "a name is lower-case letters, digits, - and _, and begins with a letter or digit"

// IsBackendName reports whether a backend may be called so: its name is a
// scope, a part of the names of tools, and a key.
func IsBackendName(s string) bool {
	const first = "abcdefghijklmnopqrstuvwxyz0123456789"
	return s != "" && len(s) <= 63 && strings.Contains(first, s[:1]) && strings.Trim(s, first+"_-") == ""
}

// mend makes a name of one that other programs allow, and the same one always:
// GitHub becomes github, and io.github.owner/name io-github-owner-name.
func mend(name string) string {
	text := strings.Trim(others.ReplaceAllString(strings.ToLower(name), "-"), "-_")
	return strings.TrimRight(text[:min(len(text), 63)], "-_")
}

var others = regexp.MustCompile(`[^a-z0-9_]+`)

// gather puts the backends of all three maps into one. Where another program
// chose the name, it is mended; where the operator writes for this one, what
// to write is said.
func (c *Config) gather() (faults []error) {
	own, pasted := c.Backends, map[string]map[string]Backend{"mcpServers": c.MCPServers, "servers": c.Servers}
	c.MCPServers, c.Servers, c.Inputs = nil, nil, nil
	all := make(map[string]Backend)
	add := func(section, key, name string, b Backend) {
		b.path = join(section, key)
		if first, taken := all[name]; taken {
			faults = append(faults, c.Fault(b.path, "%s is called %s too; give one of them another name", first.path, name))
			return
		}
		all[name] = b
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		name := key
		if !IsBackendName(key) {
			name = mend(key)
			faults = append(faults, c.Fault(join("backends", key), NameRule+"; write %s", cmp.Or(name, "another one")))
		}
		add("backends", key, name, own[key])
	}
	for _, section := range []string{"mcpServers", "servers"} {
		for _, key := range slices.Sorted(maps.Keys(pasted[section])) {
			name := mend(key)
			if name == "" {
				faults = append(faults, c.Fault(join(section, key), "this name has no letters; write one of lower-case letters, digits and -"))
				continue
			}
			if name != key {
				c.notes = append(c.notes, c.Fault(join(section, key), "the backend is called %s here", name))
			}
			add(section, key, name, pasted[section][key])
		}
	}
	if len(all) > 0 {
		c.Backends = all
	} else {
		c.Backends = nil
	}
	return faults
}
