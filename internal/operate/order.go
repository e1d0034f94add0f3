package operate

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/fault"
)

// Kind is what an order is about.
type Kind string

// The kinds.
const (
	Clients  Kind = "clients"
	Grants   Kind = "grants"
	Sessions Kind = "sessions"
	Tokens   Kind = "tokens" // personal access tokens
)

// Verb is what an order says to do.
type Verb string

// The verbs.
const (
	List   Verb = "list"
	Revoke Verb = "revoke"
	Create Verb = "create" // a token
)

// Order is what an operator wants done.
type Order struct {
	Do    Verb     `json:"do"`
	Of    Kind     `json:"of"`
	Match string   `json:"match,omitempty"` // a text that is in the rows of a list; empty is in all
	ID    string   `json:"id,omitempty"`    // of what is revoked
	Token NewToken `json:"token,omitzero"`  // that is created
}

// String is the order as it is recorded.
func (o Order) String() string {
	return strings.TrimSpace(string(o.Of) + " " + string(o.Do) + " " + cmp.Or(o.ID, o.Token.Who))
}

// check fails with fault.Invalid if the order says nothing that can be done.
func (o Order) check() error {
	known := o.Of == Clients || o.Of == Grants || o.Of == Sessions || o.Of == Tokens
	switch {
	case known && o.Do == List && o.ID == "":
		return nil
	case known && o.Do == Revoke && o.ID != "":
		return nil
	case o.Of == Tokens && o.Do == Create && o.ID == "":
		return nil
	}
	return fault.New(fault.Invalid, "There is no such order.")
}

// Result is what came of an order.
type Result struct {
	Rows [][]Cell `json:"rows,omitempty"` // of a list
	// More says that there are rows beyond these. A Match leaves fewer.
	More bool `json:"more,omitzero"`

	// Of a token that was created. It is never shown again.
	Token   string `json:"token,omitempty"`
	ID      string `json:"id,omitempty"`
	Subject string `json:"subject,omitempty"`
	URL     string `json:"url,omitempty"` // of the server that it is good at
}

// Cell is a text of a row, or a time.
type Cell struct {
	Text string    `json:"text,omitempty"`
	Time time.Time `json:"time,omitzero"`
}

// heads are the columns of the lists.
var heads = map[Kind][]string{
	Clients:  {"ID", "NAME", "ORIGIN", "REGISTERED", "EXPIRES"},
	Grants:   {"ID", "PERSON", "CLIENT", "SCOPES", "GRANTED", "EXPIRES"},
	Sessions: {"ID", "PERSON", "REVISION", "OPENED", "LAST USED"},
	Tokens:   {"ID", "LABEL", "PERSON", "SCOPES", "CREATED", "EXPIRES"},
}

// Head returns the columns of a list.
func Head(of Kind) []string { return heads[of] }

// name is a text that strangers chose, cut to what a line has room for.
func name(s string) Cell {
	const room = 48
	if r := []rune(s); len(r) > room {
		s = string(r[:room-1]) + "…"
	}
	return Cell{Text: s}
}

// matches reports whether the text is in one of the cells as they are shown.
func matches(cells []Cell, match string) bool {
	return match == "" || slices.ContainsFunc(cells, func(c Cell) bool { return strings.Contains(c.Text, match) })
}

func text(s string) Cell { return Cell{Text: s} }

func at(t time.Time) Cell {
	if t.IsZero() {
		return Cell{Text: "never"}
	}
	return Cell{Time: t}
}

// String is the cell for a terminal: a time as the clock here shows it, and
// nothing in a text that the terminal would obey.
func (c Cell) String() string {
	if !c.Time.IsZero() {
		return c.Time.Local().Format("2006-01-02 15:04")
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '?'
		}
		return r
	}, c.Text)
}
