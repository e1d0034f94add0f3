package gateway

import (
	"regexp"
	"strings"
	"testing"
)

// takenByAll is what every client and model takes for the name of a tool.
var takenByAll = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func TestMend(t *testing.T) {
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
			if got := mend(tt.give); got != tt.want {
				t.Errorf("mend(%q) = %q, want %q", tt.give, got, tt.want)
			}
		})
	}
}

func FuzzMend(f *testing.F) {
	f.Add("add", "a.dd")
	f.Add("a b", "a_b")
	f.Add("a.b", mend("a.b"))
	f.Add(strings.Repeat("é", 70), strings.Repeat("é", 71))
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, name := range []string{a, b} {
			if got := mend(name); !takenByAll.MatchString(got) {
				t.Errorf("mend(%q) = %q, which some clients refuse", name, got)
			}
			if mend(name) != mend(strings.Clone(name)) {
				t.Errorf("mend(%q) changes", name)
			}
		}
		if (mend(a) == mend(b)) != (a == b) {
			t.Errorf("mend(%q) = %q, mend(%q) = %q", a, mend(a), b, mend(b))
		}
	})
}

func TestPick(t *testing.T) {
	notes := &mount{Mount: Mount{Name: "notes"}}
	for _, tt := range []struct {
		name, wanted string
		taken        []string
		want         string
		clash        bool
	}{
		{"a free name", "add", []string{"sub"}, "add", false},
		{"a taken one gets its backend in front", "add", []string{"add"}, "notes_add", true},
		{"a mended one that is taken", "a.b", []string{mend("a.b")}, mend("notes_a.b"), true},
		{"a digest where that is taken, too", "add", []string{"add", "notes_add"}, mend("notes/notes_add"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := names{mend: mend, taken: map[string]route{}}
			for _, name := range tt.taken {
				n.taken[name] = route{}
			}
			if got, clash := n.pick(notes, tt.wanted, false); got != tt.want || clash != tt.clash {
				t.Errorf("pick(%q) = %q, %v, want %q, %v", tt.wanted, got, clash, tt.want, tt.clash)
			}
		})
	}
}

func TestANameIsThatOfTheMountItBeginsWith(t *testing.T) {
	git, hub := &mount{Mount: Mount{Name: "git", Prefix: "git_"}}, &mount{Mount: Mount{Name: "git_hub", Prefix: "git_hub_"}}
	own := &mount{Mount: Mount{Name: "own"}}
	for _, tt := range []struct {
		name   string
		of     *mount
		wanted string
		chosen bool
		want   string
	}{
		{"one's own", hub, "git_hub_push", false, "git_hub_push"},
		{"one that only begins alike", git, "git_hubs", false, "git_hubs"},
		{"another's", git, "git_hub_push", false, "git_git_hub_push"},
		{"another's, of one without a prefix", own, "git_status", false, "own_git_status"},
		{"another's that the operator chose", git, "git_hub_push", true, "git_hub_push"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := names{mend: mend, taken: map[string]route{}, mounts: []*mount{git, hub, own}}
			if got, clash := n.pick(tt.of, tt.wanted, tt.chosen); got != tt.want || clash != (got != tt.wanted) {
				t.Errorf("pick = %q, %v, want %q", got, clash, tt.want)
			}
		})
	}
}
