package web

import (
	"bytes"
	"html/template"
	"net/http"
	"strconv"

	"gatehouse/internal/connect"
	"gatehouse/internal/fault"
)

// Pages draws the pages of one issuer.
type Pages struct {
	Base string // the path of the issuer's URL, "" if it has none
}

// Home is the first page.
type Home struct {
	Name   string // of the server
	URL    string // the issuer's
	Person string // who is logged in, if anybody
}

// Home draws the page that says what this is and how to connect.
func (p Pages) Home(w http.ResponseWriter, home Home) error {
	return p.write(w, http.StatusOK, "home", "Connect", "", struct {
		Home
		Endpoint, SSE string
		Snippets      []connect.Snippet
	}{home, home.URL + "/mcp", home.URL + "/sse", connect.Snippets(home.URL, home.Name)})
}

// Login is what the login page shows.
type Login struct {
	Client    string // for whom
	Providers []LoginProvider
	Name      string // what was typed before
	Failure   string // why it did not work
	Status    int    // of the answer; zero is 200
}

// LoginProvider is one way to log in.
type LoginProvider struct {
	ID, Label, Notice string
	Form              bool   // asks for a name and a password; else it is a link
	Action            string // where the form or the link leads
}

// Login draws the login page.
func (p Pages) Login(w http.ResponseWriter, login Login) error {
	status := login.Status
	if status == 0 {
		status = http.StatusOK
	}
	return p.write(w, status, "login", "Log in", "narrow", login)
}

// Consent is what the consent page shows.
type Consent struct {
	Client         string // the name that it gave itself
	SelfRegistered bool   // nobody vouches for that name
	Publisher      string // the domain that does, if one does
	RedirectURI    string
	RedirectHost   string
	Loopback       bool // the redirect stays on the person's machine
	Resource       string
	Scopes         []Scope
	Person         string
	Account        string // the subject
	Tag            string // of the person that the page is drawn for; the form returns it as "person"
	Action         string
	SwitchAction   string // leads to another login
}

// Scope is a permission in words.
type Scope struct{ Name, Sentence string }

// Consent draws the page that asks whether a client may.
func (p Pages) Consent(w http.ResponseWriter, consent Consent) error {
	return p.write(w, http.StatusOK, "consent", "Approve?", "narrow", consent, FormTargets(consent.RedirectURI)...)
}

// Message is a page with something to read and nothing to decide.
type Message struct {
	Heading   string
	What      string // happened
	Do        string // what the reader can do
	RequestID string
}

// LoggedOut draws the page that a logout ends at.
func (p Pages) LoggedOut(w http.ResponseWriter, _ *http.Request) error {
	return p.Message(w, http.StatusOK, Message{
		Heading: "You are logged out",
		What:    "This browser is no longer logged in here. Applications that you approved stay connected.",
	})
}

// Done draws the page that a program on the person's machine sends the
// browser to when it has what it came for.
func (p Pages) Done(w http.ResponseWriter, _ *http.Request) error {
	return p.Message(w, http.StatusOK, Message{
		Heading: "Done",
		What:    "You can close this page and go back to the application.",
	})
}

// Message draws a message.
func (p Pages) Message(w http.ResponseWriter, status int, m Message) error {
	return p.write(w, status, "message", m.Heading, "narrow", m)
}

// frame is what every template gets.
type frame struct {
	Title string
	Base  string
	Width string
	Style template.HTML
	Page  any
}

func (p Pages) write(w http.ResponseWriter, status int, name, title, width string, page any, formTargets ...string) error {
	var body bytes.Buffer
	f := frame{Title: title, Base: p.Base, Width: width, Style: look().style, Page: page}
	if err := look().templates.ExecuteTemplate(&body, name, f); err != nil {
		return fault.Wrap(err, fault.Internal, "The server could not draw this page.")
	}
	setHeaders(w.Header(), formTargets...)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, err := body.WriteTo(w)
	return err
}
