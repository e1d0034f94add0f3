package view

import "testing"

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
			if got := s.Shows(tt.entry); got != tt.want {
				t.Errorf("Shows(%q) = %v, want %v", tt.entry, got, tt.want)
			}
		})
	}
}

func TestSelectionHides(t *testing.T) {
	docs, secret := Selection{Include: []string{"file:///docs/*"}}, Selection{Exclude: []string{"file:///secret/*"}}
	for _, tt := range []struct {
		name string
		s    Selection
		uri  string
		want bool
	}{
		{"with no lists nothing is", Selection{}, "file:///docs/../secret/key", false},
		{"what is excluded", secret, "file:///secret/key", true},
		{"what is beside it is not", secret, "file:///docs/a", false},
		{"a way to it through another folder", secret, "file:///docs/../secret/key", true},
		{"a folder that is this one", secret, "file:///./secret/key", true},
		{"a letter that need not be encoded", secret, "file:///s%65cret/key", true},
		{"a digit", secret, "file:///%31", true},
		{"a separator that is encoded", secret, "file:///secret%2Fkey", true},
		{"a backslash", secret, `file:///docs\..\secret`, true},
		{"a scheme in another case", secret, "FILE:///secret/key", true},
		{"half an encoding", secret, "file:///docs/a%2", true},
		{"what is no encoding", secret, "file:///docs/100%", true},
		{"what must be encoded may be", secret, "file:///docs/caf%C3%A9%20b", false},
		{"dots in a query are no way", secret, "x:a?to=../b", false},
		{"what is not included is for Shows to say", docs, "x:1", false},
		{"but no way out of it is plain", docs, "file:///docs/../secret/key", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.s.Hides(tt.uri); got != tt.want {
				t.Errorf("Hides(%q) = %v, want %v", tt.uri, got, tt.want)
			}
		})
	}
}
