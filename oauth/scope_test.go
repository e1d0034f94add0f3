package oauth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParseScope(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "s%d ", i)
		}
		return strings.TrimSuffix(b.String(), " ")
	}
	tests := []struct {
		name string
		in   string
		want []string
		ok   bool
	}{
		{"none", "", nil, true},
		{"one", "math", []string{"math"}, true},
		{"two in their order", "whoami math", []string{"whoami", "math"}, true},
		{"each once", "a b a", []string{"a", "b"}, true},
		{"spaces around", " a  b ", []string{"a", "b"}, true},
		{"all that is allowed", "!#[]~:/a.b", []string{"!#[]~:/a.b"}, true},
		{"fifty", many(50), strings.Fields(many(50)), true},
		{"fifty-one", many(51), nil, false},
		{"a quote", `a"b`, nil, false},
		{"a backslash", `a\b`, nil, false},
		{"a tab", "a\tb", nil, false},
		{"a newline", "a\nb", nil, false},
		{"a NUL", "a\x00", nil, false},
		{"delete", "a\x7f", nil, false},
		{"not ASCII", "é", nil, false},
		{"broken UTF-8", "\xff", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseScope(tt.in)
			if !slices.Equal(got, tt.want) || (err == nil) != tt.ok {
				t.Fatalf("ParseScope(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
			if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Code != InvalidScope) {
				t.Errorf("ParseScope(%q) = %v, want code %s", tt.in, err, InvalidScope)
			}
		})
	}
}

func TestSubset(t *testing.T) {
	tests := []struct {
		name       string
		want, have []string
		ok         bool
	}{
		{"nothing of nothing", nil, nil, true},
		{"nothing of something", nil, []string{"a"}, true},
		{"some", []string{"b"}, []string{"a", "b"}, true},
		{"all", []string{"b", "a"}, []string{"a", "b"}, true},
		{"one too many", []string{"a", "c"}, []string{"a", "b"}, false},
		{"something of nothing", []string{"a"}, nil, false},
		{"a prefix is another scope", []string{"math"}, []string{"math:read"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Subset(tt.want, tt.have); got != tt.ok {
				t.Errorf("Subset(%q, %q) = %v, want %v", tt.want, tt.have, got, tt.ok)
			}
		})
	}
}

func FuzzParseScope(f *testing.F) {
	f.Add("math whoami")
	f.Add(" a  a \x00")
	f.Fuzz(func(t *testing.T, s string) {
		once, err := ParseScope(s)
		if err != nil {
			return
		}
		twice, err := ParseScope(FormatScope(once))
		if err != nil || !slices.Equal(once, twice) || !Subset(once, twice) || len(once) > maxScopes {
			t.Errorf("ParseScope(%q) = %q, again %q, %v", s, once, twice, err)
		}
	})
}

func TestIsScope(t *testing.T) {
	for scope, want := range map[string]bool{
		"math": true, "math:admin": true, "!#[]~": true,
		"": false, "a b": false, `a"b`: false, `a\b`: false, "a\x7f": false, "é": false, "a\n": false,
	} {
		if got := IsScope(scope); got != want {
			t.Errorf("IsScope(%q) = %v, want %v", scope, got, want)
		}
	}
}
