package authorize

import (
	"errors"
	"net/http"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/oauth/login"
	"gatehouse/web"
)

// maxForm bounds the body of a form.
const maxForm = 16 << 10

// LogIn takes the form of a provider that has one.
func (h *Handler) LogIn(w http.ResponseWriter, r *http.Request) error {
	if err := sameOrigin(r); err != nil {
		return err
	}
	handle, req, err := h.open(r)
	if err != nil {
		return err
	}
	provider, err := h.provider(r)
	if err != nil || provider.Form == nil {
		return errNoProvider
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	name := r.PostForm.Get("name")
	who, err := provider.Form.Verify(r.Context(), name, r.PostForm.Get("password"), httpx.Address(r))
	if err != nil {
		return h.loginFailed(w, r, handle, req, attempt{provider: provider, name: name, err: err})
	}
	return h.loggedIn(w, r, handle, provider, who)
}

// Leave sends the browser to a provider elsewhere.
func (h *Handler) Leave(w http.ResponseWriter, r *http.Request) error {
	handle, req, err := h.open(r)
	if err != nil {
		return err
	}
	provider, err := h.provider(r)
	if err != nil || provider.Away == nil {
		return errNoProvider
	}
	trip, err := h.Flights.Depart(r.Context(), login.Flight{
		Issuer:   h.Issuer,
		Provider: provider.ID,
		Request:  handle,
		Browser:  req.Browser,
		Prompt:   req.Prompt,
	})
	if err != nil {
		return err
	}
	trip.Callback = h.callback(provider)
	to, err := provider.Away.Start(r.Context(), trip)
	if err != nil {
		return h.loginFailed(w, r, handle, req, attempt{provider: provider, err: err})
	}
	return seeOther(w, to)
}

// Return takes the browser back from a provider elsewhere. It only ever goes
// on to the request that the browser left with.
func (h *Handler) Return(w http.ResponseWriter, r *http.Request) error {
	provider, err := h.provider(r)
	if err != nil || provider.Away == nil {
		return errNoProvider
	}
	flight, trip, err := h.Flights.Land(r.Context(), r.URL.Query().Get("state"))
	if errors.Is(err, fault.NotFound) {
		return errEnded
	}
	if err != nil {
		return err
	}

	// The flight must be of this issuer, this provider (or one provider could
	// answer in another's name) and this browser (or somebody could log
	// others in as themselves).
	if flight.Issuer != h.Issuer || flight.Provider != provider.ID {
		return errEnded
	}
	r.SetPathValue("request", flight.Request)
	handle, req, err := h.open(r)
	if err != nil {
		return err
	}
	if err := h.checkBrowser(r, flight.Browser); err != nil {
		return err
	}
	trip.Callback = h.callback(provider)
	who, err := provider.Away.Finish(r.Context(), trip, r.URL.Query())
	if err != nil {
		return h.loginFailed(w, r, handle, req, attempt{provider: provider, err: err})
	}
	return h.loggedIn(w, r, handle, provider, who)
}

func (h *Handler) callback(p login.Provider) string {
	return h.Issuer + "/login/callback/" + p.ID
}

func (h *Handler) loggedIn(w http.ResponseWriter, r *http.Request, handle string, provider login.Provider, who login.Person) error {
	if err := h.recordLogin(r, provider, who, nil); err != nil {
		return err
	}
	if err := h.Sessions.Begin(w, r, provider.ID, who); err != nil {
		return err
	}
	return seeOther(w, h.stepPath(handle, ""))
}

// attempt is a login that did not work, or did not begin.
type attempt struct {
	provider login.Provider
	name     string // that was typed
	err      error
}

// loginFailed shows the login page again, with what went wrong. What the
// person can do nothing about ends on a page of its own.
func (h *Handler) loginFailed(w http.ResponseWriter, r *http.Request, handle string, req Request, a attempt) error {
	if errors.Is(a.err, fault.Denied) {
		if err := h.recordLogin(r, a.provider, login.Person{Name: a.name}, a.err); err != nil {
			return err
		}
	}
	for _, kind := range []error{fault.Denied, fault.Invalid, fault.TooMany, fault.Unavailable} {
		if errors.Is(a.err, kind) {
			httpx.Note(r.Context(), a.err)
			return h.showLogin(w, r, handle, req, a)
		}
	}
	return a.err
}

func (h *Handler) showLogin(w http.ResponseWriter, r *http.Request, handle string, req Request, a attempt) error {
	client, err := h.client(r.Context(), req)
	if err != nil {
		return err
	}
	page := web.Login{Client: client.Name, Name: a.name}
	if a.err != nil {
		page.Failure, page.Status = fault.Public(a.err), httpx.Status(a.err)
	}
	for _, p := range h.Providers {
		page.Providers = append(page.Providers, web.LoginProvider{
			ID:     p.ID,
			Label:  p.Label,
			Notice: p.Notice,
			Form:   p.Form != nil,
			Action: h.stepPath(handle, "/login/"+p.ID),
		})
	}
	return h.Pages.Login(w, page)
}

func (h *Handler) provider(r *http.Request) (login.Provider, error) {
	for _, p := range h.Providers {
		if p.ID == r.PathValue("provider") {
			return p, nil
		}
	}
	return login.Provider{}, fault.NotFound
}

func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return fault.New(fault.TooLarge, "The form is larger than %d bytes.", maxForm)
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The form cannot be read.")
	}
	return nil
}

var errNoProvider = fault.New(fault.NotFound, "This server has no such way to log in.")
