package person

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// form is a form of a page.
type form struct {
	method, action string
	inputs         []input
	buttons        []input
	press          input // the button that was chosen, if any
}

// input is what a form may send.
type input struct {
	name, kind, value string
	checked           bool
}

// readForm returns the form of a page with a button of this value, else the
// first one: a login page has nothing to decide.
func readForm(page []byte, decision string) (*form, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	var first *form
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		f := parseForm(n)
		for _, b := range f.buttons {
			if b.value == decision {
				f.press = b
				return f, nil
			}
		}
		if first == nil {
			first = f
		}
	}
	if first == nil {
		return nil, errors.New("the page has no form")
	}
	return first, nil
}

func parseForm(n *html.Node) *form {
	f := &form{
		method: strings.ToUpper(cmp.Or(attr(n, "method"), "get")),
		action: attr(n, "action"),
	}
	for n := range n.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		in := input{name: attr(n, "name"), kind: attr(n, "type"), value: attr(n, "value"), checked: has(n, "checked")}
		switch {
		case n.Data == "button" && cmp.Or(in.kind, "submit") == "submit",
			n.Data == "input" && in.kind == "submit":
			f.buttons = append(f.buttons, in)
		case n.Data == "input":
			f.inputs = append(f.inputs, in)
		}
	}
	return f
}

// fill is the body that the form sends once p has filled it in.
func (f *form) fill(p *Person) io.Reader {
	values := url.Values{}
	for _, in := range append(f.inputs, f.press) {
		switch in.kind {
		case "password":
			in.value = p.Password
		case "", "text", "email":
			in.value = cmp.Or(in.value, p.Name)
		case "checkbox", "radio":
			if !in.checked {
				continue
			}
		}
		if in.name != "" {
			values.Add(in.name, in.value)
		}
	}
	return strings.NewReader(values.Encode())
}

// findLink returns where the link with these words leads.
func findLink(page []byte, words string) (href string, ok bool) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil || words == "" {
		return "", false
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && textOf(n) == words {
			return attr(n, "href"), true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for n := range n.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}
