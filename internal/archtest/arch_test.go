package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// root is where the module begins, seen from this package.
const root = "../.."

func TestHouse(t *testing.T) {
	house := read(t, root)
	if len(house) < 10 {
		t.Fatalf("only %d packages were read; this test looks in the wrong place", len(house))
	}
	for _, check := range []struct {
		name string
		find func([]pkg) []string
	}{
		{"every package has its floor", unplaced},
		{"imports go down", climbing},
		{"only the host imports a flow", bypassing},
		{"only entry points import drivers", choosing},
		{"what comes from outside comes through its door", smuggled},
		{"vocabularies do no I/O", reaching},
		{"the Worker reaches nothing native", unfit},
		{"only leaves know targets", forked},
		{"names say something", unnamed},
		{"nothing happens before main", initialized},
		{"every package says what it is", unexplained},
		{"exported names are documented", undocumented},
	} {
		t.Run(check.name, func(t *testing.T) {
			for _, fault := range check.find(house) {
				t.Error(fault)
			}
		})
	}
}

// unplaced finds packages that the plan does not know.
func unplaced(house []pkg) (faults []string) {
	for _, p := range house {
		if _, known := floorOf(p.path); !known {
			faults = append(faults, fmt.Sprintf("%s has no floor: give it one in floors_test.go", p.path))
		}
	}
	return faults
}

// edge is an import of one package of the house by another.
type edge struct{ from, to string }

// edges yields the imports among the packages of the house whose floors are
// known, those from outside of it aside.
func edges(house []pkg) (all []edge) {
	for _, p := range house {
		if floor, known := floorOf(p.path); !known || floor == outside {
			continue
		}
		for _, imported := range p.imports {
			if to, ok := inHouse(imported); ok {
				all = append(all, edge{p.path, to})
			}
		}
	}
	return all
}

// inHouse returns the path below the module of an import of ours.
func inHouse(imported string) (path string, ok bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// climbing finds imports that go up or sideways.
func climbing(house []pkg) (faults []string) {
	for _, e := range edges(house) {
		from, _ := floorOf(e.from)
		to, known := floorOf(e.to)
		switch {
		case !known || from > to || excepted(e.from, e.to):
		case from == to:
			faults = append(faults, fmt.Sprintf("%s imports %s, on the same floor", e.from, e.to))
		default:
			faults = append(faults, fmt.Sprintf("%s imports %s, %d floors up", e.from, e.to, to-from))
		}
	}
	return faults
}

// bypassing finds imports of a flow by an entry point: those get what they
// need from the host.
func bypassing(house []pkg) (faults []string) {
	for _, e := range edges(house) {
		from, _ := floorOf(e.from)
		to, _ := floorOf(e.to)
		if from == entry && to == flow && !matchesAny(drivers, e.to) && !excepted(e.from, e.to) {
			faults = append(faults, fmt.Sprintf("%s imports the flow %s; only host does", e.from, e.to))
		}
	}
	return faults
}

// choosing finds imports of a driver by something else than an entry point. A
// driver may have parts of its own below it.
func choosing(house []pkg) (faults []string) {
	for _, e := range edges(house) {
		from, _ := floorOf(e.from)
		if from != entry && matchesAny(drivers, e.to) && !strings.HasPrefix(e.to, e.from+"/") && !excepted(e.from, e.to) {
			faults = append(faults, fmt.Sprintf("%s imports the driver %s; entry points choose drivers", e.from, e.to))
		}
	}
	return faults
}

// smuggled finds imports of what has a door elsewhere, or no door at all.
func smuggled(house []pkg) (faults []string) {
	for _, p := range house {
		if floor, _ := floorOf(p.path); floor == outside {
			continue
		}
		for _, imported := range p.imports {
			if fault := throughDoor(p.path, imported); fault != "" {
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

func throughDoor(path, imported string) string {
	for _, d := range doors {
		if !matches(d.what, imported) {
			continue
		}
		if slices.Contains(d.at, "*") || matchesAny(d.at, path) {
			return ""
		}
		return fmt.Sprintf("%s imports %s; its door is %v: %s", path, imported, d.at, d.why)
	}
	if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
		return fmt.Sprintf("%s imports %s, which has no door: give it one in doors_test.go", path, imported)
	}
	return ""
}

// reaching finds vocabularies and rules that do more than compute.
func reaching(house []pkg) (faults []string) {
	for _, p := range house {
		if !slices.Contains(pure, p.path) {
			continue
		}
		for _, imported := range p.imports {
			if matchesAny(impure, imported) {
				faults = append(faults, fmt.Sprintf("%s imports %s; it is a vocabulary and does no I/O", p.path, imported))
			}
		}
	}
	return faults
}

// unfit finds what the command reaches in a Worker and cannot use there.
func unfit(house []pkg) (faults []string) {
	byPath := make(map[string]pkg)
	for _, p := range house {
		byPath[p.path] = p
	}
	seen := map[string]bool{"cmd/gatehouse": true, "internal/worker": true}
	for queue := []string{"cmd/gatehouse", "internal/worker"}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, imported := range byPath[from].wasm {
			if matchesAny(native, imported) {
				faults = append(faults, fmt.Sprintf("%s imports %s on js/wasm, and the Worker reaches it", from, imported))
			}
			if to, ok := inHouse(imported); ok && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return faults
}

// forked finds packages that are another on each target and should not be.
func forked(house []pkg) (faults []string) {
	for _, p := range house {
		leaf := slices.ContainsFunc(leaves, func(l struct{ at, why string }) bool { return matches(l.at, p.path) })
		if len(p.tagged) > 0 && !leaf {
			faults = append(faults, fmt.Sprintf("%s has files for some targets only (%s); that is for leaves", p.path, strings.Join(p.tagged, ", ")))
		}
	}
	return faults
}

// unnamed finds packages whose name says nothing.
func unnamed(house []pkg) (faults []string) {
	for _, p := range house {
		if slices.Contains(vague, p.name) || slices.Contains(vague, p.path[strings.LastIndexByte(p.path, '/')+1:]) {
			faults = append(faults, fmt.Sprintf("%s: package %s is a name for anything", p.path, p.name))
		}
	}
	return faults
}

// initialized finds functions that run before main, where nobody sees them.
func initialized(house []pkg) (faults []string) {
	for _, p := range house {
		for _, file := range p.inits {
			faults = append(faults, fmt.Sprintf("%s/%s has a func init", p.path, file))
		}
	}
	return faults
}

// unexplained finds packages without a package comment.
func unexplained(house []pkg) (faults []string) {
	for _, p := range house {
		if p.name != "" && !p.comment {
			faults = append(faults, fmt.Sprintf("%s has no package comment", p.path))
		}
	}
	return faults
}

// leastDocumented is how many percent of the exported names have a comment.
const leastDocumented = 90

// undocumented says which exported names lack a comment, if they are too many.
func undocumented(house []pkg) (faults []string) {
	names, commented := 0, 0
	for _, p := range house {
		names += p.named
		commented += p.named - len(p.bare)
		if len(p.bare) > 0 {
			faults = append(faults, fmt.Sprintf("%s: no comment on %s", p.path, strings.Join(p.bare, ", ")))
		}
	}
	if commented*100 >= names*leastDocumented {
		return nil
	}
	return append(faults, fmt.Sprintf("%d of %d exported names have a comment; %d %% must", commented, names, leastDocumented))
}
