package web

import (
	"net/http"

	"gatehouse/internal/html"
)

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
	return p.write(w, page{
		status: http.StatusOK, title: "Approve?", narrow: true, main: consent.main(),
		formTargets: FormTargets(consent.RedirectURI),
	})
}

func (c Consent) main() html.HTML {
	return html.El(`section class="card"`,
		html.El(`div class="parties" aria-hidden="true"`,
			html.El(`span class="initial"`, html.Text(initial(c.Client))), html.Raw(`<span class="dots"></span>`), mark),
		html.El("h1", html.Text("Let "), plain(c.Client), html.Text(" use this server as you?")),
		c.warning(),
		html.El(`dl class="facts"`,
			fact("Returns to", c.RedirectHost),
			when(c.Publisher != "", fact("Published by", c.Publisher)),
			fact("For", c.Resource),
		),
		c.scopes(),
		html.El(`form class="choice" method="post"`, html.Action(c.Action),
			html.Void(`input type="hidden" name="person"`, html.Value(c.Tag)),
			html.El(`button class="button approve" type="submit" name="decision" value="approve"`, html.Text("Approve")),
			html.El(`button class="button plain" type="submit" name="decision" value="deny"`, html.Text("Deny")),
		),
		c.who(),
	)
}

// warning is for clients that anybody could be.
func (c Consent) warning() html.HTML {
	return when(c.SelfRegistered || c.Loopback, html.El(`p class="notice warn"`,
		when(c.SelfRegistered, html.Join(html.El("strong", html.Text("Not verified.")),
			html.Text(" The application gave itself this name, and nobody checked it. "))),
		when(c.Loopback, html.Text("A program on this computer will receive the access. ")),
		html.Text("Approve only if you have just started to connect it yourself."),
	))
}

func fact(name, value string) html.HTML {
	return html.El("div", html.El("dt", html.Text(name)), html.El("dd", html.Text(value)))
}

func (c Consent) scopes() html.HTML {
	if len(c.Scopes) == 0 {
		return html.El("p", html.Text("It asks for no permission beyond knowing who you are."))
	}
	return html.Join(
		html.El(`h2 id="asks"`, html.Text("It asks to")),
		html.El(`ul class="scopes" aria-labelledby="asks"`, each(c.Scopes, scope)),
	)
}

func scope(_ int, s Scope) html.HTML {
	return html.El("li", tick, html.El("span", html.Text(s.Sentence+" "), html.El("code", html.Text(s.Name))))
}

// who is logged in, and the way to be somebody else.
func (c Consent) who() html.HTML {
	return html.El(`div class="who"`,
		html.El("p", html.Text("Logged in as "), strong(c.Person),
			when(c.Person != c.Account, html.Join(html.Text(" "),
				html.El(`span class="soft"`, html.Text("("), plain(c.Account), html.Text(")"))))),
		html.El(`form method="post"`, html.Action(c.SwitchAction),
			html.El(`button class="link" type="submit"`, html.Text("Use another account"))),
	)
}
