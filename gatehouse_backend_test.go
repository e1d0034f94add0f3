package gatehouse

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "math-2_x": true, strings.Repeat("a", 63): true,
		"": false, "Math": false, "2math": false, "-a": false, "a b": false, "a\n": false, "é": false, strings.Repeat("a", 64): false,
	} {
		if got := isName(name); got != want {
			t.Errorf("isName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	for scope, want := range map[string]bool{
		"math": true, "math:admin": true, "!#[]~": true,
		"": false, "a b": false, `a"b`: false, `a\b`: false, "a\x7f": false, "é": false, "a\n": false,
	} {
		if got := isScope(scope); got != want {
			t.Errorf("isScope(%q) = %v, want %v", scope, got, want)
		}
	}
}
