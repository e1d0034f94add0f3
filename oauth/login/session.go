package login

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// SessionLife is how long a login lasts.
const SessionLife = 12 * time.Hour

// Session is a browser in which somebody is logged in.
type Session struct {
	Person   Person    `json:"person"`
	Provider string    `json:"provider"`
	Issuer   string    `json:"issuer"`
	Began    time.Time `json:"began"`
	Expires  time.Time `json:"expires"`
}

// NewTable returns the table that sessions are kept in.
func NewTable(kv store.KV) *store.Table[Session] {
	return store.NewTable(kv, "sessions", func(s Session) time.Time { return s.Expires })
}

// Sessions are the logins of the browsers that use one issuer.
type Sessions struct {
	Issuer string
	Table  *store.Table[Session]
	Now    func() time.Time

	// Active reports whether a person may still use the session they have;
	// nil is always.
	Active func(ctx context.Context, subject string) (bool, error)
}

// Current returns the session of the browser, or fault.NotFound.
func (s *Sessions) Current(r *http.Request) (Session, error) {
	secret, ok := s.cookie().Read(r)
	if !ok {
		return Session{}, fault.NotFound
	}
	session, err := s.Table.Get(r.Context(), key(secret))
	if err != nil {
		return Session{}, err
	}
	if session.Issuer != s.Issuer || !s.Now().Before(session.Expires) {
		return Session{}, fault.NotFound
	}
	if err := s.checkActive(r.Context(), session); err != nil {
		return Session{}, err
	}
	return session, nil
}

func (s *Sessions) checkActive(ctx context.Context, session Session) error {
	if s.Active == nil {
		return nil
	}
	active, err := s.Active(ctx, session.Person.Subject)
	if err == nil && !active {
		err = fault.NotFound
	}
	return err
}

// Begin logs a person in at the browser. The session gets a new secret, also
// if the browser had one: whoever planted that one gains nothing (session
// fixation).
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, provider string, who Person) error {
	if err := s.forget(r); err != nil {
		return err
	}
	now := s.Now()
	secret := NewSecret()
	session := Session{
		Person:   who,
		Provider: provider,
		Issuer:   s.Issuer,
		Began:    now,
		Expires:  now.Add(SessionLife),
	}
	if err := s.Table.Insert(r.Context(), key(secret), session); err != nil {
		return err
	}
	s.cookie().Write(w, secret)
	return nil
}

// End logs the browser out.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) error {
	if err := s.forget(r); err != nil {
		return err
	}
	s.cookie().Clear(w)
	return nil
}

func (s *Sessions) forget(r *http.Request) error {
	secret, ok := s.cookie().Read(r)
	if !ok {
		return nil
	}
	err := s.Table.Delete(r.Context(), key(secret))
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (s *Sessions) cookie() Cookie {
	return Cookie{Issuer: s.Issuer, Name: "session", Life: SessionLife}
}
