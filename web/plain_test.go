package web

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	const nobody = "an application without a name"
	for name, tt := range map[string]struct{ text, want string }{
		"a name stays":                       {"Claude Desktop", "Claude Desktop"},
		"of any language":                    {"Żółw 工具 🐢", "Żółw 工具 🐢"},
		"space becomes one":                  {"  a \t\r\n b  ", "a b"},
		"what turns the text goes":           {"abc\u202egpj.exe\u2066", "abcgpj.exe"},
		"what nobody sees goes":              {"a\u200bb\u2060c\ufeffd\u00ade", "abcde"},
		"blanks of other scripts are blanks": {"a\u3164\u3000\u2800b", "a b"},
		"marks that pile up go":              {"a\u0300\u0301\u0302\u0303\u20ddb", "a\u0300\u0301b"},
		"marks that a language needs stay":   {"हिन्दी ภาษาที่", "हिन्दी ภาษาที่"},
		"what is no text goes":               {"a\xffb\x00c\x1b[31m", "abc[31m"},
		"markup is escaped elsewhere":        {"<b>", "<b>"},
		"nothing is nobody":                  {"", nobody},
		"only space is nobody":               {" \u200b\u3164", nobody},
		"80 characters stay":                 {strings.Repeat("é", 80), strings.Repeat("é", 80)},
		"more are cut":                       {strings.Repeat("é", 81), strings.Repeat("é", 80) + "…"},
		"a space at the end is no character": {strings.Repeat("a", 80) + " ", strings.Repeat("a", 80)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Plain(tt.text); got != tt.want {
				t.Errorf("Plain(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"", "Claude", "a\u202eb", "\xff", strings.Repeat(" x", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if n := utf8.RuneCountInString(got); n == 0 || n > maxPlain+1 {
			t.Errorf("Plain(%q) has %d characters", s, n)
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("Plain(%q) = %q has what cannot be printed", s, got)
		}
		if got != strings.TrimSpace(got) {
			t.Errorf("Plain(%q) = %q has space around it", s, got)
		}
		if again := Plain(got); again != got && !strings.HasSuffix(got, "…") {
			t.Errorf("Plain(%q) = %q, and again %q", s, got, again)
		}
	})
}
