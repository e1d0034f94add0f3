package html

import "strings"

// Attr is an attribute with a value that is made at run time. There is one
// function for each that pages need, and none for those whose value a browser
// would run or draw.
type Attr struct{ markup string }

func (a Attr) into(tag, _ *strings.Builder) { tag.WriteString(a.markup) }

func attr(name, value string) Attr {
	return Attr{" " + name + `="` + escape(value) + `"`}
}

// Set is an attribute that stands in the source.
func Set(attribute constant) Attr { return Attr{" " + string(attribute)} }

// ID is what the element is called in the page.
func ID(id string) Attr { return attr("id", id) }

// For says which field a label is for.
func For(id string) Attr { return attr("for", id) }

// Class is how the element looks.
func Class(names string) Attr { return attr("class", names) }

// Value is what a field holds.
func Value(text string) Attr { return attr("value", text) }

// Label is what the element is called by those who do not see it.
func Label(text string) Attr { return attr("aria-label", text) }

// Href is where a link leads.
func Href(address string) Attr { return attr("href", safe(address)) }

// Action is where a form leads.
func Action(address string) Attr { return attr("action", safe(address)) }

// safe returns an address to go to. What a browser would run instead, and all
// else that is neither of the web nor on this host, leads to the page itself.
func safe(address string) string {
	scheme, _, found := strings.Cut(address, ":")
	if !found || strings.Contains(scheme, "/") {
		return address // no scheme: there is a path before the colon
	}
	if strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http") {
		return address
	}
	return "#"
}
