package gateway

import (
	"path"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestSelectionShows(t *testing.T) {
	for _, tt := range []struct {
		name             string
		include, exclude []string
		entry            string
		want             bool
	}{
		{"with no lists all is shown", nil, nil, "add", true},
		{"what is included", []string{"get_*", "add"}, nil, "get_time", true},
		{"what is not", []string{"get_*", "add"}, nil, "set_time", false},
		{"what is excluded", nil, []string{"*_delete"}, "file_delete", false},
		{"excluded goes before included", []string{"*"}, []string{"add"}, "add", false},
		{"a star reaches over slashes", []string{"file://*.md"}, nil, "file:///a/b/c.md", true},
		{"a pattern is for the whole name", []string{"add"}, nil, "adder", false},
		{"case counts", []string{"Add"}, nil, "add", false},
		{"one character", []string{"v?"}, nil, "v2", true},
		{"one character of several bytes", []string{"v?x"}, nil, "vöx", true},
		{"no character is not one", []string{"v?"}, nil, "v", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Selection{Include: tt.include, Exclude: tt.exclude}
			if got := s.shows(tt.entry); got != tt.want {
				t.Errorf("shows(%q) = %v, want %v", tt.entry, got, tt.want)
			}
		})
	}
}

// FuzzGlob holds glob to path.Match where both know the pattern.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*a*a*a*b", "aaaaaaaaaaaaaaaa")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := glob(pattern, text)
		if strings.ContainsAny(pattern, `[\`) || strings.Contains(text, "/") {
			return
		}
		if strings.ToValidUTF8(text, "") != text || strings.ToValidUTF8(pattern, "") != pattern {
			return
		}
		if want, err := path.Match(pattern, text); err == nil && got != want {
			t.Errorf("glob(%q, %q) = %v", pattern, text, got)
		}
	})
}

func TestOverride(t *testing.T) {
	const raw = `{"x":{"kept":[1, 2]},"name":"add","description":"old","annotations":{"readOnlyHint":false, "u":1}}`
	for _, tt := range []struct {
		name string
		o    Override
		want string
	}{
		{"nothing changes nothing", Override{}, raw},
		{"words", Override{Title: "T", Description: `say "new"`},
			`{"x":{"kept":[1, 2]},"name":"add","description":"say \"new\"","annotations":{"readOnlyHint":false, "u":1},"title":"T"}`},
		{"annotations join those that are there", Override{Annotations: jsontext.Value(`{"readOnlyHint":true,"title":"A"}`)},
			`{"x":{"kept":[1, 2]},"name":"add","description":"old","annotations":{"readOnlyHint":true, "u":1,"title":"A"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.o.apply(jsontext.Value(raw))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
