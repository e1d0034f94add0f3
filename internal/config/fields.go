package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// field is a setting: a field of a struct with a tag yaml for its name, about
// for what an editor says of it, and oneof for the words that it may be.
type field struct {
	reflect.StructField
	name  string
	about string
	oneOf []string
}

// fieldsOf are the settings that a struct has, by their names.
func fieldsOf(t reflect.Type) map[string]field {
	all := make(map[string]field)
	for f := range t.Fields() {
		if name := f.Tag.Get("yaml"); name != "" {
			all[name] = field{f, name, f.Tag.Get("about"), strings.Fields(f.Tag.Get("oneof"))}
		}
	}
	return all
}

// suggest says what may have been meant by a name that no setting has.
func suggest[T any](name string, known map[string]T) string {
	best, distance := "", 2+len(name)/4
	for _, candidate := range slices.Sorted(maps.Keys(known)) {
		if d := between(plain(name), plain(candidate)); d < distance || d == 0 {
			best, distance = candidate, d
		}
	}
	if best != "" {
		return "do you mean " + best + "?"
	}
	return "there are " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// plain is a name without what people write in different ways.
func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

// between is the number of letters that one must add, drop, change or swap
// with their neighbour to make b of a (Damerau's distance, with each letter
// touched once).
func between(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			d := min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
