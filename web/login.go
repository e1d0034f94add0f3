package web

import (
	"cmp"
	"net/http"

	"gatehouse/internal/html"
)

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
	return p.write(w, page{status: cmp.Or(login.Status, http.StatusOK), title: "Log in", narrow: true, main: login.main()})
}

func (l Login) main() html.HTML {
	return html.El(`section class="card"`,
		html.El("h1", html.Text("Log in")),
		when(l.Client != "", html.El(`p class="soft"`, html.Text("to let "), strong(l.Client), html.Text(" connect to this server."))),
		when(l.Failure != "", html.El(`p class="notice bad" role="alert"`, html.Text(l.Failure))),
		each(l.Providers, l.provider),
		when(len(l.Providers) == 0, html.El(`p class="notice bad"`,
			html.Text("This server has no way to log in. Ask its operator to configure one."))),
	)
}

func (l Login) provider(i int, p LoginProvider) html.HTML {
	if p.Form {
		return l.form(i, p)
	}
	return html.Join(
		when(i == 1 && l.Providers[0].Form, html.El(`p class="or"`, html.Text("or"))),
		when(p.Notice != "", html.El(`p class="notice"`, html.Text(p.Notice))),
		html.El(`a class="button plain away"`, html.Href(p.Action), html.Text("Continue with "+p.Label)),
	)
}

// form asks for a name and a password. The first one begins where the person
// goes on typing.
func (l Login) form(i int, p LoginProvider) html.HTML {
	var inName, inPassword html.Attr
	switch {
	case i > 0:
	case l.Name == "":
		inName = html.Set("autofocus")
	default:
		inPassword = html.Set("autofocus")
	}
	name, password := "name-"+p.ID, "password-"+p.ID
	return html.Join(
		when(p.Notice != "", html.El(`p class="notice warn"`, html.Text(p.Notice))),
		html.El(`form method="post"`, html.Action(p.Action),
			html.El("label", html.For(name), html.Text("Name")),
			html.Void("input", html.ID(name), html.Value(l.Name), inName,
				html.Set(`name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="256" required`)),
			html.El("label", html.For(password), html.Text("Password")),
			html.Void("input", html.ID(password), inPassword,
				html.Set(`name="password" type="password" autocomplete="current-password" maxlength="1024" required`)),
			html.El(`button class="button" type="submit"`, html.Text("Log in")),
		),
	)
}
