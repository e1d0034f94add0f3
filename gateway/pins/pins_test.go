package pins

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/store/mem"
)

// tool is one that a backend lists.
type tool struct{ name, raw string }

func list(tools ...tool) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		for _, t := range tools {
			if !yield(t.name, jsontext.Value(t.raw)) {
				return
			}
		}
	}
}

func TestLook(t *testing.T) {
	add, again, poisoned := tool{"add", `{"name":"add","x":1}`}, tool{"add", `{ "x":1, "name" : "add" }`}, tool{"add", `{"name":"add","x":2}`}
	worse, sub := tool{"add", `{"name":"add","x":3}`}, tool{"sub", `{"name":"sub"}`}
	for _, tt := range []struct {
		name           string
		before         [][]tool
		now            []tool
		withheld, news []string
	}{
		{"the first sight approves", nil, []tool{add, sub}, nil, nil},
		{"the same in other words is the same", [][]tool{{add}}, []tool{again}, nil, nil},
		{"a change is withheld, a new tool is not", [][]tool{{add}}, []tool{poisoned, sub}, []string{"add"}, []string{"add"}},
		{"that is new once", [][]tool{{add}, {poisoned}}, []tool{poisoned}, []string{"add"}, nil},
		{"also when it changes again", [][]tool{{add}, {poisoned}}, []tool{worse}, []string{"add"}, nil},
		{"what is as it was is shown again", [][]tool{{add}, {poisoned}}, []tool{again}, nil, nil},
		{"what is gone is remembered", [][]tool{{add, sub}, {sub}}, []tool{poisoned, sub}, []string{"add"}, []string{"add"}},
		{"and stays withheld", [][]tool{{add, sub}, {poisoned, sub}}, []tool{sub}, []string{"add"}, nil},
		{"a name with two definitions", [][]tool{{add, worse}}, []tool{add, worse}, []string{"add"}, nil},
		{"of which the first was seen before", [][]tool{{add}}, []tool{add, worse}, []string{"add"}, []string{"add"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := New(new(mem.KV))
			for _, tools := range tt.before {
				if _, _, err := table.Look(t.Context(), "m", list(tools...)); err != nil {
					t.Fatal(err)
				}
			}
			withheld, news, err := table.Look(t.Context(), "m", list(tt.now...))
			if !slices.Equal(withheld, tt.withheld) || !slices.Equal(news, tt.news) || err != nil {
				t.Errorf("withheld %q, of which %q are new, want %q and %q; err = %v", withheld, news, tt.withheld, tt.news, err)
			}
			if others, err := table.Get(t.Context(), "other"); len(others.Tools) > 0 || err != nil {
				t.Errorf("of another backend: %v, %v", others, err)
			}
		})
	}
}

func TestAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := New(new(mem.KV))
		look := func(tools ...tool) (withheld []string) {
			t.Helper()
			withheld, _, err := table.Look(t.Context(), "m", list(tools...))
			if err != nil {
				t.Fatal(err)
			}
			return withheld
		}
		look(tool{"a", `{"v":1}`}, tool{"b", `{"v":1}`}, tool{"c", `{"v":1}`})
		changed := []tool{{"a", `{"v":2}`}, {"b", `{"v":2}`}, {"c", `{"v":1}`}}
		look(changed...)
		began := time.Now()
		time.Sleep(time.Minute)
		look(changed...)

		pinned, err := table.Get(t.Context(), "m")
		if got := pinned.Tools["a"]; err != nil || string(got.Definition) != `{"v":2}` || !got.Since.Equal(began) {
			t.Errorf("what waits is %s since %v, %v", got.Definition, got.Since, err)
		}
		for _, tools := range [][]string{{"c"}, {"none"}, {"a", "c"}} {
			if got, err := table.Accept(t.Context(), "m", tools...); !errors.Is(err, fault.NotFound) {
				t.Errorf("of %q it accepts %q, %v", tools, got, err)
			}
		}
		if got, err := table.Accept(t.Context(), "m", "b"); !slices.Equal(got, []string{"b"}) || err != nil {
			t.Errorf("Accept(b) = %q, %v", got, err)
		}
		if got := look(changed...); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%q are withheld, want a", got)
		}
		if got, err := table.Accept(t.Context(), "m"); !slices.Equal(got, []string{"a"}) || err != nil {
			t.Errorf("Accept() = %q, %v", got, err)
		}
		if got := look(changed...); got != nil {
			t.Errorf("%q are withheld", got)
		}
		if got := look(tool{"a", `{"v":1}`}); !slices.Equal(got, []string{"a"}) {
			t.Errorf("what was approved before is no change: %q", got)
		}
	})
}

func TestCompareKeepsItsHandsOffThePins(t *testing.T) {
	pins := Pinned{Tools: map[string]Pin{"add": {Approved: "x"}}}
	after, changed := compare(pins, list(tool{"add", `{}`}), time.Now())
	if !changed || pins.Tools["add"].Changed != "" || after.Tools["add"].Changed == "" {
		t.Errorf("before %+v, after %+v", pins, after)
	}
}

// FuzzDigest reads definitions that are the same but for space, and what is no
// JSON at all: that has a digest, too.
func FuzzDigest(f *testing.F) {
	f.Add(`{"b":1,"a":[1, 2.0]}`)
	f.Add(`{"a":`)
	f.Add("\"\x9d\"")
	f.Fuzz(func(t *testing.T, raw string) {
		is := digest(jsontext.Value(raw))
		if again := jsontext.Value(raw); digest(again) != is || string(again) != raw {
			t.Errorf("the digest of %s changes, or what it is of", raw)
		}
		spaced := jsontext.Value(raw)
		if spaced.IsValid() && spaced.Indent() == nil && digest(spaced) != is {
			t.Errorf("%s differs from %s", spaced, raw)
		}
	})
}
