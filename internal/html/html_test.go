package html_test

import (
	"strings"
	"testing"

	parser "golang.org/x/net/html"

	"gatehouse/internal/html"
)

func TestMarkup(t *testing.T) {
	for name, tt := range map[string]struct {
		got  html.HTML
		want string
	}{
		"an element":                         {html.El("p", html.Text("a")), "<p>a</p>"},
		"with attributes of the source":      {html.El(`p class="b" id="c"`), `<p class="b" id="c"></p>`},
		"with others, wherever they stand":   {html.El("p", html.Text("a"), html.ID("c"), html.Text("b")), `<p id="c">ab</p>`},
		"with nothing in it":                 {html.El("p", html.HTML{}), "<p></p>"},
		"in another":                         {html.El("p", html.El("b", html.Text("a"))), "<p><b>a</b></p>"},
		"that is void":                       {html.Void(`input name="n"`, html.Value("v"), html.Set("required")), `<input name="n" value="v" required>`},
		"one after the other":                {html.Join(html.Raw("<hr>"), html.Text("a")), "<hr>a"},
		"text is no markup":                  {html.Text(`<b title='&"'>`), "&lt;b title=&#39;&amp;&#34;&#39;&gt;"},
		"text is UTF-8 without NUL":          {html.Text("a\x00b\xffc é"), "a\ufffdb\ufffdc é"},
		"an attribute ends with its quote":   {html.Void("input", html.Value(`" onfocus="x`)), `<input value="&#34; onfocus=&#34;x">`},
		"a link on this host":                {html.El("a", html.Href("/a?b=c:d&e")), `<a href="/a?b=c:d&amp;e"></a>`},
		"a link elsewhere":                   {html.El("a", html.Href("HTTPS://a.example/")), `<a href="HTTPS://a.example/"></a>`},
		"a link that runs is none":           {html.El("a", html.Href("javascript:alert(1)")), `<a href="#"></a>`},
		"a link that hides what it is":       {html.El("a", html.Href(" java\tscript:alert(1)//")), `<a href="#"></a>`},
		"a form that leads to data":          {html.El("form", html.Action("data:text/html,x")), `<form action="#"></form>`},
		"a style sheet":                      {html.Style("p > b { }"), "<style>p > b { }</style>"},
		"a style sheet that ends its tag":    {html.Style("</style><script>"), ""},
		"a label for those who do not see":   {html.El("pre", html.Label("x")), `<pre aria-label="x"></pre>`},
		"a label and the field it is for":    {html.El("label", html.For("x")), `<label for="x"></label>`},
		"a class":                            {html.El("body", html.Class("narrow")), `<body class="narrow"></body>`},
		"an attribute of the source, if set": {html.Void("input", html.Attr{}), "<input>"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.got.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// FuzzEscape puts any text into every place that there is. A parser must find
// the same elements and attributes as with a text that has nothing to escape,
// and the text itself in each place.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{
		"", "plain", `"><script>alert(1)</script>`, "'", "&amp;", "&#x22;", "</title>", "<!--", "]]>", "\x00", "\xff\xfe",
		"javascript:alert(1)", "JaVaScRiPt:x", "\x01javascript:x", "java\nscript:x", "data:text/html,x", "//x", "https://x/?a=b&c", "a\r\nb",
	} {
		f.Add(seed)
	}
	page := func(s string) string {
		return html.El("div",
			html.El("p", html.ID(s), html.Class(s), html.Label(s), html.Text(s)),
			html.El("form", html.Action(s), html.El("label", html.For(s)), html.Void("input", html.Value(s))),
			html.El("a", html.Href(s), html.El("title", html.Text(s))),
		).String()
	}
	want := shape(f, page("x"))
	f.Fuzz(func(t *testing.T, s string) {
		got := shape(t, page(s))
		if got.names != want.names {
			t.Errorf("%q makes the page %s, want %s", s, got.names, want.names)
		}
		read := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(strings.ToValidUTF8(s, "\ufffd"))
		for _, text := range got.texts {
			if text != read {
				t.Errorf("%q is read as %q, want %q", s, text, read)
			}
		}
		for _, address := range got.addresses {
			if address != read && address != "#" {
				t.Errorf("%q leads to %q", s, address)
			}
			if runs(address) {
				t.Errorf("%q leads to %q, which a browser runs", s, address)
			}
		}
	})
}

// runs reports whether a browser would take the address for a scheme other
// than those of the web, reading it as browsers do (WHATWG URL, section 4.4):
// without control characters and space at its ends, and without tabs and ends
// of lines anywhere.
func runs(address string) bool {
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address)
	address = strings.ToLower(strings.TrimFunc(address, func(r rune) bool { return r <= ' ' }))
	for _, scheme := range []string{"javascript:", "data:", "vbscript:", "blob:", "file:"} {
		if strings.HasPrefix(address, scheme) {
			return true
		}
	}
	return false
}

// page is what a parser makes of one.
type page struct {
	names            string // of all elements and attributes, in their order
	texts, addresses []string
}

func shape(t testing.TB, markup string) (p page) {
	t.Helper()
	var names strings.Builder
	text := ""
	z := parser.NewTokenizer(strings.NewReader(markup))
	for kind := z.Next(); kind != parser.ErrorToken; kind = z.Next() {
		token := z.Token()
		switch kind {
		case parser.TextToken:
			text += token.Data
			continue
		case parser.EndTagToken:
			if token.Data == "p" || token.Data == "title" {
				p.texts, text = append(p.texts, text), ""
			}
		}
		names.WriteString("<" + kind.String() + " " + token.Data)
		for _, a := range token.Attr {
			names.WriteString(" " + a.Key)
			if a.Key == "href" || a.Key == "action" {
				p.addresses = append(p.addresses, a.Val)
				continue
			}
			p.texts = append(p.texts, a.Val)
		}
	}
	p.names = names.String()
	return p
}
