package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder fills the settings from the nodes of a file, goes on after a fault,
// and remembers where each setting is.
type decoder struct {
	references
	known  map[reflect.Type]map[string]field
	lines  map[string]int // by path
	faults Faults
	notes  Faults
}

func (d *decoder) fail(n *yaml.Node, path, format string, args ...any) {
	d.faults = append(d.faults, &Fault{n.Line, path, fmt.Sprintf(format, args...)})
}

// value reads a node. What the file leaves open keeps its default.
func (d *decoder) value(path string, n *yaml.Node, to reflect.Value) {
	n = target(n)
	if _, seen := d.lines[path]; !seen {
		d.lines[path] = n.Line
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	if wanted := shape(to.Type()); n.Kind != wanted {
		d.fail(n, path, "this must be %s, not %s", kindNames[wanted], kindNames[n.Kind])
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		if to.Kind() == reflect.Map {
			d.mapping(path, n, to)
		} else {
			d.settings(path, n, to)
		}
	case yaml.SequenceNode:
		d.list(path, n, to)
	case yaml.ScalarNode:
		d.scalar(path, n, to)
	}
}

var kindNames = map[yaml.Kind]string{
	yaml.MappingNode:  "a map, such as {name: value}",
	yaml.SequenceNode: "a list, such as [a, b]",
	yaml.ScalarNode:   "a single value",
}

// shape is the kind of node that a setting of this type is written as.
func shape(t reflect.Type) yaml.Kind {
	switch {
	case t.Kind() == reflect.Pointer:
		return shape(t.Elem())
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		return yaml.MappingNode
	case t.Kind() == reflect.Slice:
		return yaml.SequenceNode
	}
	return yaml.ScalarNode
}

func (d *decoder) settings(path string, n *yaml.Node, to reflect.Value) {
	if d.known[to.Type()] == nil {
		d.known[to.Type()] = fieldsOf(to.Type())
	}
	known := d.known[to.Type()]
	for _, p := range d.pairs(path, n) {
		name, done := p.key.Value, false
		if to.Type() == reflect.TypeFor[Backend]() {
			name, done = d.foreign(path, p.key)
		}
		if done {
			continue
		}
		at := join(path, name)
		f, ok := known[name]
		if !ok {
			d.fail(p.key, at, "there is no such setting; %s", suggest(name, known))
			continue
		}
		d.lines[at] = p.key.Line
		setting := to.FieldByIndex(f.Index)
		d.value(at, p.value, setting)
		if word := setting.String(); len(f.oneOf) > 0 && word != "" && !slices.Contains(f.oneOf, word) {
			d.fail(p.value, at, "%q is none of %s", word, strings.Join(f.oneOf, ", "))
		}
	}
}

func (d *decoder) mapping(path string, n *yaml.Node, to reflect.Value) {
	made := reflect.MakeMap(to.Type())
	for _, p := range d.pairs(path, n) {
		at := join(path, p.key.Value)
		d.lines[at] = p.key.Line
		elem := reflect.New(to.Type().Elem()).Elem()
		d.value(at, p.value, elem)
		made.SetMapIndex(reflect.ValueOf(p.key.Value), elem)
	}
	to.Set(made)
}

func (d *decoder) list(path string, n *yaml.Node, to reflect.Value) {
	made := reflect.MakeSlice(to.Type(), len(n.Content), len(n.Content))
	for i, child := range n.Content {
		d.value(fmt.Sprintf("%s[%d]", path, i), child, made.Index(i))
	}
	to.Set(made)
}

func (d *decoder) scalar(path string, n *yaml.Node, to reflect.Value) {
	failed := false
	text := d.expand(n.Value, func(says string) {
		d.fail(n, path, "%s", says)
		failed = true
	})
	if failed {
		if to.Kind() == reflect.String {
			to.SetString(n.Value) // it is not what is missing
		}
		return
	}
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			d.fail(n, path, "%v", err)
		}
		return
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(text)
	case reflect.Bool:
		v, ok := truths[text]
		if !ok {
			d.fail(n, path, "%q is neither true nor false", text)
		}
		to.SetBool(v)
	case reflect.Int:
		v, err := strconv.Atoi(text)
		if err != nil {
			d.fail(n, path, "%q is no whole number", text)
		}
		to.SetInt(int64(v))
	case reflect.Float64:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			d.fail(n, path, "%q is no number", text)
		}
		to.SetFloat(v)
	}
}

// truths are the words of YAML, and of people.
var truths = map[string]bool{
	"true": true, "True": true, "TRUE": true, "yes": true, "on": true,
	"false": false, "False": false, "FALSE": false, "no": false, "off": false,
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
