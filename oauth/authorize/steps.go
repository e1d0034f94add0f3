package authorize

import (
	"errors"
	"net/http"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login"
)

// Step shows what the request waits for: a login, or a decision.
func (h *Handler) Step(w http.ResponseWriter, r *http.Request) error {
	handle, req, err := h.open(r)
	if err != nil {
		return err
	}
	session, err := h.session(r, req)
	if errors.Is(err, fault.NotFound) {
		return h.showLogin(w, r, handle, req, attempt{name: req.Hint})
	}
	if err != nil {
		return err
	}
	return h.showConsent(w, r, handle, req, session)
}

// session is the login of the browser, if it is recent enough for the
// request; else fault.NotFound.
func (h *Handler) session(r *http.Request, req Request) (login.Session, error) {
	session, err := h.Sessions.Current(r)
	if err == nil && session.Began.Before(req.LoginAfter) {
		return login.Session{}, fault.NotFound
	}
	return session, err
}

// Switch asks for another login, for this request alone.
func (h *Handler) Switch(w http.ResponseWriter, r *http.Request) error {
	if err := sameOrigin(r); err != nil {
		return err
	}
	handle, _, err := h.open(r)
	if err != nil {
		return err
	}
	_, err = h.Requests.Update(r.Context(), handle, func(req *Request) error {
		req.LoginAfter, req.Prompt = h.Now(), selectAccount
		req.Hint = ""
		return nil
	})
	if errors.Is(err, fault.NotFound) {
		return errEnded
	}
	if err != nil {
		return err
	}
	return seeOther(w, h.stepPath(handle, ""))
}

// LogOut ends the login of the browser.
func (h *Handler) LogOut(w http.ResponseWriter, r *http.Request) error {
	if err := sameOrigin(r); err != nil {
		return err
	}
	if err := h.Sessions.End(w, r); err != nil {
		return err
	}
	return seeOther(w, h.path("/logged-out"))
}
