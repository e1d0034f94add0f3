package view

import (
	"slices"
	"testing"
)

func TestPick(t *testing.T) {
	for _, tt := range []struct {
		name, own, chosen string
		prefix            string
		taken             []string
		want, remark      string
	}{
		{"a free name", "add", "", "", []string{"sub"}, "add", ""},
		{"with its prefix", "add", "", "notes_", []string{"add"}, "notes_add", ""},
		{"one that the operator chose has none", "add", "plus", "notes_", nil, "plus", ""},
		{"a taken one gets its backend in front", "add", "", "", []string{"add"}, "notes_add", "its name is taken already"},
		{"a taken one that was chosen, too", "add", "plus", "", []string{"plus"}, "notes_plus", "its name is taken already"},
		{"one that not all clients take", "a.b", "", "", nil, ToolName("a.b"), "not every client takes its name"},
		{"a mended one that is taken", "a.b", "", "", []string{ToolName("a.b")}, ToolName("notes_a.b"), "its name is taken already"},
		{"a digest where that is taken, too", "add", "", "", []string{"add", "notes_add"}, ToolName("notes/notes_add"), "its name is taken already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := Names{
				Backend: "notes", Prefix: tt.prefix, Prefixes: []string{tt.prefix}, Rule: ToolName,
				Taken: func(name string) bool { return slices.Contains(tt.taken, name) },
			}
			if got, remark := n.Pick(tt.own, tt.chosen); got != tt.want || remark != tt.remark {
				t.Errorf("Pick(%q, %q) = %q, %q, want %q, %q", tt.own, tt.chosen, got, remark, tt.want, tt.remark)
			}
		})
	}
}

func TestANameIsThatOfTheBackendItBeginsWith(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		backend, prefix, own string
		chosen               string
		want                 string
	}{
		{"one's own", "git_hub", "git_hub_", "push", "", "git_hub_push"},
		{"one that only begins alike", "git", "git_", "hubs", "", "git_hubs"},
		{"another's", "git", "git_", "hub_push", "", "git_git_hub_push"},
		{"another's, of one without a prefix", "own", "", "git_status", "", "own_git_status"},
		{"another's that the operator chose", "git", "git_", "push", "git_hub_push", "git_hub_push"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := Names{
				Backend: tt.backend, Prefix: tt.prefix, Prefixes: []string{"git_", "git_hub_", ""}, Rule: ToolName,
				Taken: func(string) bool { return false },
			}
			if got, _ := n.Pick(tt.own, tt.chosen); got != tt.want {
				t.Errorf("Pick = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestThePromptsOfAllAreNamedAsTheyAre(t *testing.T) {
	n := Names{Backend: "notes", Rule: AnyName, Taken: func(name string) bool { return name == "day plan" }}
	for own, want := range map[string]string{"größe": "größe", "day plan": "notes_day plan"} {
		if got, _ := n.Pick(own, ""); got != want {
			t.Errorf("Pick(%q) = %q, want %q", own, got, want)
		}
	}
}
