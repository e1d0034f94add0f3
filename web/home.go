package web

import (
	"net/http"

	"gatehouse/internal/connect"
	"gatehouse/internal/html"
)

// Home is the first page.
type Home struct {
	Name   string // of the server
	URL    string // the issuer's
	Person string // who is logged in, if anybody
}

// Home draws the page that says what this is and how to connect.
func (p Pages) Home(w http.ResponseWriter, home Home) error {
	return p.write(w, page{status: http.StatusOK, title: "Connect", main: home.main(), footer: home.footer(p.Base)})
}

func (h Home) main() html.HTML {
	return html.Join(
		html.El("h1", html.Text("Tools for your assistant, behind your own login")),
		html.El(`p class="lead"`, html.Text("This is "), when(h.Name != "", html.Join(strong(h.Name), html.Text(", "))),
			html.Text("an MCP server. An assistant that you connect can use its tools in your name, as far as you allow it.")),

		html.El(`h2 id="endpoint"`, html.Text("Endpoint")),
		html.El(`pre class="endpoint" tabindex="0" role="group" aria-labelledby="endpoint"`, html.El("code", html.Text(h.URL+"/mcp"))),
		html.El(`p class="soft small"`, html.Text("Clients that only know the older transport use "), html.El("code", html.Text(h.URL+"/sse")), html.Text(".")),

		html.El("h2", html.Text("Connect a client")),
		html.El(`p class="soft"`, html.Text("The client opens a page of this server: log in there, read what it asks for, and approve.")),
		html.El(`div class="clients"`, each(connect.Snippets(h.URL, h.Name), client)),
	)
}

// client is how one of them connects. The first is shown open.
func client(i int, s connect.Snippet) html.HTML {
	open := html.Attr{}
	if i == 0 {
		open = html.Set("open")
	}
	return html.El(`details name="client"`, open, html.ID(s.ID),
		html.El("summary", html.Text(s.Title)),
		html.El(`div class="body"`,
			html.El("p", html.Text(s.Text)),
			when(s.Code != "", html.El(`pre tabindex="0" role="group"`, html.Label(s.Title), html.El("code", html.Text(s.Code)))),
			when(len(s.Steps) > 0, html.El("ol", each(s.Steps, step))),
			when(s.Note != "", html.El(`p class="notice warn"`, html.Text(s.Note))),
		),
	)
}

func step(_ int, text string) html.HTML { return html.El("li", html.Text(text)) }

func (h Home) footer(base string) html.HTML {
	return html.El("footer",
		when(h.Person != "", html.El(`form method="post"`, html.Action(base+"/logout"),
			html.Text("Logged in as "), strong(h.Person), html.Text(". "),
			html.El(`button class="link" type="submit"`, html.Text("Log out")))),
		html.El("p", html.Text("Served by Gatehouse: an MCP endpoint with its own login.")),
	)
}
