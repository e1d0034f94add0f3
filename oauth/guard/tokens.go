package guard

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
)

// Tokens knows which tokens are good. The guards of all endpoints share one,
// so that forgetting a grant is one call.
type Tokens struct {
	Grants *store.Table[oauth.Grant]
	// Disabled reports whether a person may no longer come in; it is not asked
	// about clients that act for themselves. May be nil.
	Disabled func(ctx context.Context, subject string) (bool, error)
	Now      func() time.Time
	MaxAge   time.Duration // how long an answer of the store is believed; 0 is DefaultMaxAge
	MaxSize  int           // answers kept; 0 is DefaultMaxSize

	mu      sync.RWMutex
	known   map[oauth.Hash]*entry
	forgets int // counts Forget, so that no fill that began before it is kept
}

// Defaults of [Tokens].
const (
	DefaultMaxAge  = 5 * time.Second
	DefaultMaxSize = 10_000
)

// entry is a good token. It is never changed once it is known.
type entry struct {
	who    identity.Principal
	issuer string
	until  time.Time // when the store must be asked again
}

// resolve returns who holds the token and which issuer gave it.
func (t *Tokens) resolve(ctx context.Context, token string) (who identity.Principal, issuer string, err error) {
	hash := oauth.HashToken(token)
	now := t.Now()
	t.mu.RLock()
	e, forgets := t.known[hash], t.forgets
	t.mu.RUnlock()
	if e == nil || !now.Before(e.until) {
		if e, err = t.load(ctx, token, hash, now); err != nil {
			return identity.Principal{}, "", err
		}
		t.keep(hash, e, forgets, now)
	}
	return e.who, e.issuer, nil
}

// Forget drops what is known of a grant: its next request asks the store.
func (t *Tokens) Forget(grantID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgets++
	for hash, e := range t.known {
		if e.who.Grant == grantID {
			delete(t.known, hash)
		}
	}
}

// load asks the store. Only a token that it finds and that is good is a
// success; whatever else happens, nobody comes in.
func (t *Tokens) load(ctx context.Context, token string, hash oauth.Hash, now time.Time) (*entry, error) {
	kind, id, ok := oauth.ParseToken(token)
	if !ok || (kind != oauth.AccessToken && kind != oauth.PersonalToken) {
		return nil, errInvalid
	}
	g, err := t.Grants.Get(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return nil, errInvalid
	}
	if err != nil {
		return nil, unavailable(err)
	}
	access, ok := g.FindAccess(hash, now)
	if !ok {
		return nil, errInvalid
	}
	if t.Disabled != nil && g.Person() {
		disabled, err := t.Disabled(ctx, g.Subject)
		if err != nil {
			return nil, unavailable(err)
		}
		if disabled {
			return nil, errInvalid
		}
	}
	return t.entryOf(g, access, now), nil
}

func (t *Tokens) entryOf(g oauth.Grant, access oauth.AccessState, now time.Time) *entry {
	ends := access.Expires
	if g.Expires.Before(ends) {
		ends = g.Expires
	}
	until := now.Add(cmp.Or(t.MaxAge, DefaultMaxAge))
	if ends.Before(until) {
		until = ends
	}
	return &entry{
		who: identity.Principal{
			Subject: g.Subject, Name: g.Name, ClientID: g.ClientID, Client: g.Client, Grant: g.ID,
			Scopes: access.Scopes, Resource: g.Resource, Expires: ends,
		},
		issuer: g.Issuer,
		until:  until,
	}
}

func (t *Tokens) keep(hash oauth.Hash, e *entry, forgets int, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.forgets != forgets {
		return
	}
	if t.known == nil {
		t.known = make(map[oauth.Hash]*entry)
	}
	if size := cmp.Or(t.MaxSize, DefaultMaxSize); len(t.known) >= size {
		t.makeRoom(size, now)
	}
	t.known[hash] = e
}

// makeRoom drops what is too old, and if that is nothing, anything: it costs
// one more question to the store.
func (t *Tokens) makeRoom(size int, now time.Time) {
	for hash, e := range t.known {
		if !now.Before(e.until) {
			delete(t.known, hash)
		}
	}
	for hash := range t.known {
		if len(t.known) < size {
			return
		}
		delete(t.known, hash)
	}
}

func unavailable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "The server cannot check tokens now. Try again in a moment.")
}
