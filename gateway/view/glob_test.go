package view

import (
	"path"
	"strings"
	"testing"
)

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
