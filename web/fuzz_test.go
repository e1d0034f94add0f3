package web

import (
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// FuzzConsent has a stranger choose all the texts of the page that decides
// most. It must be made of the same elements as a page with harmless ones.
func FuzzConsent(f *testing.F) {
	for _, seed := range []string{"Claude", `"><script>alert(1)</script>`, "</title><base href=//x>", "<!--", "\x00\xff", "javascript:x"} {
		f.Add(seed)
	}
	draw := func(text string) string {
		w := httptest.NewRecorder()
		c := Consent{
			Client: text, SelfRegistered: true, Publisher: "p" + text, RedirectURI: "https://ok.example/" + text, RedirectHost: text,
			Loopback: true, Resource: text, Scopes: []Scope{{text, text}}, Person: text, Account: text, Tag: text, Action: text, SwitchAction: text,
		}
		if err := (Pages{Base: "/" + text}).Consent(w, c); err != nil {
			f.Fatal(err)
		}
		return elements(w.Body.String())
	}
	want := draw("Claude")
	f.Fuzz(func(t *testing.T, text string) {
		if got := draw(text); got != want {
			t.Errorf("with %q the page is %s, want %s", text, got, want)
		}
	})
}

// elements are the elements of a page and the names of their attributes.
func elements(page string) string {
	var all strings.Builder
	for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
		token := z.Token()
		if token.Type == html.TextToken {
			continue
		}
		all.WriteString(" " + token.Type.String() + " " + token.Data)
		for _, a := range token.Attr {
			all.WriteString(" " + a.Key)
		}
	}
	return all.String()
}
