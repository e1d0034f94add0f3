// Package html builds pages in which no text can pass for markup.
//
//	html.El(`p class="soft"`, html.Text("for "), html.El("strong", html.Text(name)))
//
//	constant of the source -> El, Raw         -> HTML, as it is
//	any string             -> Text, Value, …  -> HTML, escaped for its place
//
// Nothing else makes [HTML], so the compiler proves what a template engine
// finds out at run time: where each string stands, and that it is escaped for
// that place. There is no place in a script, in an event handler, in a style
// or in a tag without quotes for a string to stand in.
package html

import "strings"

// constant is a string that stands in the source. Other packages cannot name
// the type, so they can only write one down: a variable does not compile.
type constant string

// Part is what an element is made of: its attributes and what is inside.
type Part interface {
	into(tag, inside *strings.Builder)
}

// HTML is a piece of a page that is safe to send. The zero value is nothing.
type HTML struct{ markup string }

// String returns the markup.
func (h HTML) String() string { return h.markup }

func (h HTML) into(_, inside *strings.Builder) { inside.WriteString(h.markup) }

// Raw is markup that stands in the source.
func Raw(markup constant) HTML { return HTML{string(markup)} }

// Text is s as a reader sees it.
func Text(s string) HTML { return HTML{escape(s)} }

// El is an element. The tag is its name, and what attributes stand in the
// source; the other attributes are among the parts.
func El(tag constant, parts ...Part) HTML {
	var open, inside strings.Builder
	for _, p := range parts {
		p.into(&open, &inside)
	}
	name, _, _ := strings.Cut(string(tag), " ")
	return HTML{"<" + string(tag) + open.String() + ">" + inside.String() + "</" + name + ">"}
}

// Void is an element that has nothing inside, such as input.
func Void(tag constant, attributes ...Attr) HTML {
	var open strings.Builder
	for _, a := range attributes {
		a.into(&open, nil)
	}
	return HTML{"<" + string(tag) + open.String() + ">"}
}

// Join is one piece after the other.
func Join(pieces ...HTML) HTML {
	var all strings.Builder
	for _, p := range pieces {
		p.into(nil, &all)
	}
	return HTML{all.String()}
}

// Style is a style sheet. One that could end its element is none.
func Style(css string) HTML {
	if strings.Contains(css, "<") {
		return HTML{}
	}
	return HTML{"<style>" + css + "</style>"}
}

// escape writes the characters that mean something in HTML so that they mean
// themselves, in an element as well as between quotes. A browser has no
// character for a NUL or for what is no UTF-8, and gets the one that says so.
func escape(s string) string { return escaper.Replace(strings.ToValidUTF8(s, "\ufffd")) }

var escaper = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "\x00", "\ufffd",
)
