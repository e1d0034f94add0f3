package authorize

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/oauth/login"
	"gatehouse/web"
)

const (
	codeLife  = 60 * time.Second
	grantLife = 90 * 24 * time.Hour
)

func (h *Handler) showConsent(w http.ResponseWriter, r *http.Request, handle string, req Request, session login.Session) error {
	client, err := h.client(r.Context(), req)
	if err != nil {
		return err
	}
	page := web.Consent{
		Client:         client.Name,
		SelfRegistered: client.Origin == oauth.Registered,
		Publisher:      publisher(client),
		RedirectURI:    req.RedirectURI,
		RedirectHost:   oauth.RedirectHost(req.RedirectURI),
		Loopback:       oauth.IsLoopbackRedirect(req.RedirectURI),
		Resource:       req.Resource,
		Person:         session.Person.Name,
		Account:        session.Person.Subject,
		Tag:            tag(session.Person),
		Action:         h.stepPath(handle, "/consent"),
		SwitchAction:   h.stepPath(handle, "/switch"),
	}
	for _, s := range req.Scopes {
		page.Scopes = append(page.Scopes, web.Scope{Name: s, Sentence: h.Scopes[s]})
	}
	return h.Pages.Consent(w, page)
}

// publisher is the domain that vouches for a client, if one does: the one
// that its metadata document is on.
func publisher(client oauth.Client) string {
	if client.Origin != oauth.Document {
		return ""
	}
	u, err := url.Parse(client.ID)
	if err != nil {
		return ""
	}
	return u.Host
}

// tag says which person a page is drawn for. It proves nothing: it can only
// keep a decision from being taken for somebody else's.
func tag(who login.Person) string {
	sum := sha256.Sum256([]byte(who.Subject))
	return hex.EncodeToString(sum[:8])
}

// Decide takes the person's decision. Of the form it reads that decision and
// for whom the page was drawn; all else is in the request.
func (h *Handler) Decide(w http.ResponseWriter, r *http.Request) error {
	// 1. The form must be ours, the request waiting, and of this browser.
	if err := sameOrigin(r); err != nil {
		return err
	}
	handle, req, err := h.open(r)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}

	// 2. The person must still be the one that the page named: another tab
	// may have logged in somebody else meanwhile. If not, ask again.
	session, err := h.session(r, req)
	if errors.Is(err, fault.NotFound) || (err == nil && r.PostForm.Get("person") != tag(session.Person)) {
		return seeOther(w, h.stepPath(handle, ""))
	}
	if err != nil {
		return err
	}

	// 3. The client must still be there.
	client, err := h.client(r.Context(), req)
	if err != nil {
		return err
	}

	// 4. Nothing but the two answers is one.
	decision := r.PostForm.Get("decision")
	if decision != "approve" && decision != "deny" {
		return fault.New(fault.Invalid, "The form must say approve or deny.")
	}

	// 5. A request is answered once.
	if req, err = h.Requests.Take(r.Context(), handle); err != nil {
		if errors.Is(err, fault.NotFound) {
			return errEnded
		}
		return err
	}
	if decision == "deny" {
		if err := h.recordDecision(r, req, session, "", audit.Denied); err != nil {
			return err
		}
		return req.answer().fail(w, r, oauth.Fail(oauth.AccessDenied, "The person did not approve."))
	}
	return h.approve(w, r, req, client, session)
}

func (h *Handler) approve(w http.ResponseWriter, r *http.Request, req Request, client oauth.Client, session login.Session) error {
	grant, code := h.grant(req, client, session)
	if err := h.recordDecision(r, req, session, grant.ID, audit.OK); err != nil {
		return req.answer().fail(w, r, err)
	}
	if err := h.Grants.Insert(r.Context(), grant.ID, grant); err != nil {
		return req.answer().fail(w, r, err)
	}
	return req.answer().code(w, code)
}

// grant is what the person approved, and the code that it is fetched with.
func (h *Handler) grant(req Request, client oauth.Client, session login.Session) (oauth.Grant, string) {
	now := h.Now()
	id := oauth.NewGrantID(oauth.ShardFor(session.Person.Subject, h.Shards))
	code := oauth.NewToken(oauth.Code, id)
	return oauth.Grant{
		ID:       id,
		Subject:  session.Person.Subject,
		Name:     session.Person.Name,
		ClientID: client.ID,
		Client:   web.Plain(client.Name),
		Issuer:   h.Issuer,
		Resource: req.Resource,
		Scopes:   req.Scopes,
		Created:  now,
		Expires:  now.Add(grantLife),
		Code: &oauth.CodeState{
			Hash:        oauth.HashToken(code),
			RedirectURI: req.RedirectURI,
			Challenge:   req.Challenge,
			Expires:     now.Add(codeLife),
		},
	}, code
}
