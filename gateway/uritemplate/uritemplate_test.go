package uritemplate

import (
	"strings"
	"testing"
	"time"
)

func TestTemplateMatches(t *testing.T) {
	for _, tt := range []struct {
		template, uri string
		want          bool
	}{
		{"note://{id}", "note://7", true},
		{"note://{id}", "note://old/7", false},
		{"note://{id}", "note://", true},
		{"note://{id}", "notes://7", false},
		{"note://{id}/raw", "note://7/raw", true},
		{"note://{id}/raw", "note://7", false},
		{"file:///{+path}", "file:///a/b/c.md?x#y", true},
		{"file:///{path*}", "file:///a/b/c.md", true},
		{"x:{a}-{b}", "x:1-2-3", true},
		{"x:{a}-{b}.txt", "x:1-2.md", false},
		{"x:a{/more*}", "x:a", true},
		{"x:a{/more*}", "x:a/b/c", true},
		{"x:a{/more*}", "x:ab", false},
		{"x:a{?q,lang}", "x:a", true},
		{"x:a{?q,lang}", "x:a?q=1&lang=en", true},
		{"x:a{?q}", "x:a#q", false},
		{"x:a{#at}", "x:a#b/c", true},
		{"x:a{.kind}", "x:a.json", true},
		{"x:a{.kind}", "x:ajson", false},
		{"x:fixed", "x:fixed", true},
		{"x:{unclosed", "x:{unclosed", true},
		{"{+any}", "what:ever/there?is", true},
		{"", "", true},
	} {
		if got := Parse(tt.template).Matches(tt.uri); got != tt.want {
			t.Errorf("%q matches %q = %v, want %v", tt.template, tt.uri, got, tt.want)
		}
	}
}

func TestWhatFitsBetter(t *testing.T) {
	if old, all := Parse("note://old/{id}"), Parse("note://{id}{?long,names}"); old.Literal() <= all.Literal() {
		t.Errorf("%d characters are given, and %d where fewer are", old.Literal(), all.Literal())
	}
}

func TestATemplateThatCouldMatchInManyWays(t *testing.T) {
	p := Parse("x:" + strings.Repeat("{a}{+b}", 40) + "!")
	began := time.Now()
	if p.Matches("x:" + strings.Repeat("y", Longest-2)) {
		t.Error("it matches without its end")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("note://{id}", "note://7")
	f.Add("{", "}")
	f.Fuzz(func(t *testing.T, template, uri string) {
		p := Parse(template)
		if p.Matches(uri) && !strings.Contains(template, "{") && template != uri {
			t.Errorf("%q matches %q", template, uri)
		}
		if !strings.ContainsAny(template, "{}") && len(template) <= Longest && !p.Matches(template) {
			t.Errorf("%q does not match itself", template)
		}
	})
}

// FuzzExpand gives the expressions of a template a value that they can have: the
// URI which that makes is one of the template's.
func FuzzExpand(f *testing.F) {
	f.Add("note://{id}/raw", "7")
	f.Add("x:{a}-{b}.txt", "1-2")
	f.Add("file:///{+path}{?q,lang}{#at}", "a/b?c#d")
	f.Add("x:a{/more*}{.kind}{&z}", "{}")
	f.Fuzz(func(t *testing.T, template, value string) {
		p := Parse(template)
		var uri strings.Builder
		for _, part := range p.parts {
			uri.WriteString(part.text)
			if !part.open || value == "" {
				continue
			}
			uri.WriteString(part.first)
			for _, c := range []byte(value) {
				if strings.IndexByte(part.stop, c) < 0 {
					uri.WriteByte(c)
				}
			}
		}
		if got := uri.String(); len(got) <= Longest && !p.Matches(got) {
			t.Errorf("%q does not match %q", template, got)
		}
	})
}
