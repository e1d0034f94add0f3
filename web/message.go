package web

import (
	"net/http"

	"gatehouse/internal/html"
)

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
	return p.write(w, page{status: status, title: m.Heading, narrow: true, main: m.main()})
}

func (m Message) main() html.HTML {
	return html.El(`section class="card"`,
		html.El("h1", html.Text(m.Heading)),
		html.El("p", html.Text(m.What)),
		when(m.Do != "", html.El("p", html.El("strong", html.Text("What to do.")), html.Text(" "+m.Do))),
		when(m.RequestID != "", html.El(`p class="soft small"`, html.Text("Request id: "), html.El("code", html.Text(m.RequestID)))),
	)
}
