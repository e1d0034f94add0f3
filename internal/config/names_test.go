package config

import (
	"regexp"
	"strings"
	"testing"
)

// TestIsBackendName holds the rule to the pattern that editors go by.
func TestIsBackendName(t *testing.T) {
	pattern := regexp.MustCompile(backendName)
	for name, want := range map[string]bool{
		"a": true, "my-tools_2": true, "2fa": true, strings.Repeat("a", 63): true,
		"": false, "_a": false, "-a": false, "A": false, "a b": false, "a.b": false, "a\n": false, "é": false, strings.Repeat("a", 64): false,
	} {
		if got := IsBackendName(name); got != want || pattern.MatchString(name) != want {
			t.Errorf("IsBackendName(%q) = %v, the pattern says %v, want %v", name, got, pattern.MatchString(name), want)
		}
	}
}

func TestMend(t *testing.T) {
	for name, want := range map[string]string{
		"github":               "github",
		"GitHub":               "github",
		"Brave Search":         "brave-search",
		"io.github.owner/name": "io-github-owner-name",
		"my_server":            "my_server",
		"21st-dev":             "21st-dev",
		"--x--":                "x",
		"Übersetzer":           "bersetzer",
		"日本":                   "",
		"a name that is longer than sixty-three letters, and then some more": "a-name-that-is-longer-than-sixty-three-letters-and-then-some-mo",
	} {
		got := mend(name)
		if got != want {
			t.Errorf("mend(%q) = %q, want %q", name, got, want)
		}
		if got != "" && !IsBackendName(got) {
			t.Errorf("mend(%q) = %q, which is no name", name, got)
		}
	}
}

func FuzzMend(f *testing.F) {
	f.Add("GitHub")
	f.Add("a_-b")
	f.Fuzz(func(t *testing.T, name string) {
		got := mend(name)
		if got != "" && !IsBackendName(got) {
			t.Errorf("mend(%q) = %q, which is no name", name, got)
		}
		if again := mend(got); again != got {
			t.Errorf("mend(%q) = %q, which becomes %q", name, got, again)
		}
	})
}
