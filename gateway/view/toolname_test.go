package view

import (
	"regexp"
	"strings"
	"testing"
)

// takenByAll is what every client and model takes for the name of a tool.
var takenByAll = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func TestToolName(t *testing.T) {
	for _, tt := range []struct{ name, give, want string }{
		{"a good name stays", "get_timezone-2", "get_timezone-2"},
		{"64 characters are good", strings.Repeat("x", 64), strings.Repeat("x", 64)},
		{"65 are cut, with a digest behind", strings.Repeat("x", 65), strings.Repeat("x", 52) + "__9537c5fdf1"},
		{"a dot, which the protocol allows and models do not", "calendar.read", "calendar_read__2505b184cf"},
		{"a slash", "user-profile/update", "user-profile_update__0c6c483948"},
		{"a letter of another script", "größe", "gr__e__d353a2671b"},
		{"no name at all", "", "__e3b0c44298"},
		{"one that was mended already is told from what was", "calendar_read__2505b184cf", "calendar_read__2505b184cf__c536e0a95c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ToolName(tt.give); got != tt.want {
				t.Errorf("ToolName(%q) = %q, want %q", tt.give, got, tt.want)
			}
		})
	}
}

func FuzzToolName(f *testing.F) {
	f.Add("add", "a.dd")
	f.Add("a b", "a_b")
	f.Add("a.b", ToolName("a.b"))
	f.Add(strings.Repeat("é", 70), strings.Repeat("é", 71))
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, name := range []string{a, b} {
			if got := ToolName(name); !takenByAll.MatchString(got) {
				t.Errorf("ToolName(%q) = %q, which some clients refuse", name, got)
			}
			if ToolName(name) != ToolName(strings.Clone(name)) {
				t.Errorf("ToolName(%q) changes", name)
			}
		}
		if (ToolName(a) == ToolName(b)) != (a == b) {
			t.Errorf("ToolName(%q) = %q, ToolName(%q) = %q", a, ToolName(a), b, ToolName(b))
		}
	})
}
