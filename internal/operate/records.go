package operate

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"gatehouse/host"
	"gatehouse/internal/fault"
	"gatehouse/mcp/session"
	"gatehouse/oauth"
	"gatehouse/store"
)

// Records are those of one store.
type Records struct {
	host.Tables
	Most   int    // rows of a list; 0 is no limit
	Server Server // for which tokens are created
	// Ended hears of every grant that was ended, so that no cache goes on with
	// it. May be nil.
	Ended func(grantID string)
}

// Do carries out an order. What is to be revoked and is not there is
// fault.NotFound.
func (r Records) Do(ctx context.Context, o Order) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	switch o.Do {
	case List:
		return r.list(ctx, o)
	case Create:
		return r.create(ctx, o.Token)
	}
	switch o.Of {
	case Clients:
		return Result{}, r.revokeClient(ctx, o.ID)
	case Sessions:
		return Result{}, r.revokeSession(ctx, o.ID)
	}
	return Result{}, r.revokeGrant(ctx, o.ID)
}

func (r Records) list(ctx context.Context, o Order) (Result, error) {
	switch o.Of {
	case Clients:
		return listOf(r.Clients.All(ctx, ""), r.Most, o.Match, clientRow)
	case Sessions:
		return listOf(r.Sessions.All(ctx), r.Most, o.Match, sessionRow)
	}
	now := time.Now()
	return listOf(r.Grants.All(ctx, ""), r.Most, o.Match, func(_ string, g oauth.Grant) []Cell {
		switch {
		case !g.Live(now), (g.Label != "") != (o.Of == Tokens):
			return nil
		case o.Of == Tokens:
			return []Cell{text(g.ID), name(g.Label), name(g.Subject), text(oauth.FormatScope(g.Scopes)), at(g.Created), at(g.Expires)}
		}
		return []Cell{text(g.ID), name(g.Subject), name(g.Client), text(oauth.FormatScope(g.Scopes)), at(g.Created), at(g.Expires)}
	})
}

// listOf makes rows that match, where row does not return nil.
func listOf[T any](all iter.Seq2[string, store.Result[T]], most int, match string, row func(id string, v T) []Cell) (Result, error) {
	var res Result
	for id, r := range all {
		if r.Err != nil {
			return Result{}, r.Err
		}
		cells := row(id, r.Row)
		switch {
		case cells == nil, !matches(cells, match):
		case most > 0 && len(res.Rows) == most:
			res.More = true
			return res, nil
		default:
			res.Rows = append(res.Rows, cells)
		}
	}
	return res, nil
}

func clientRow(_ string, c oauth.Client) []Cell {
	return []Cell{text(c.ID), name(c.Name), text(string(c.Origin)), at(c.Created), at(c.Expires)}
}

// sessionMark begins the id of a session, since a handle may begin with what
// a command line takes for a flag.
const sessionMark = "s/"

func sessionRow(handle string, s session.Record) []Cell {
	return []Cell{text(sessionMark + handle), name(s.Subject), text(string(s.Revision)), at(s.Created), at(s.Used)}
}

// revokeClient removes a client, and ends what people granted it. A client
// that is not kept here, or was removed before, may still have grants.
func (r Records) revokeClient(ctx context.Context, id string) error {
	_, missing := r.Clients.Take(ctx, id)
	if missing != nil && !errors.Is(missing, fault.NotFound) {
		return missing
	}
	now := time.Now()
	for _, g := range r.Grants.All(ctx, "") {
		if g.Err != nil {
			return g.Err
		}
		if g.Row.ClientID != id || !g.Row.Live(now) {
			continue
		}
		err := r.revokeGrant(ctx, g.Row.ID)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		missing = nil
	}
	return missing
}

func (r Records) revokeGrant(ctx context.Context, id string) error {
	_, err := r.Grants.Update(ctx, id, func(g *oauth.Grant) error {
		g.Revoke(time.Now())
		return nil
	})
	if err == nil && r.Ended != nil {
		r.Ended(id)
	}
	return err
}

// revokeSession ends a session. A process that has it in memory, and is
// another than this one, notices within minutes.
func (r Records) revokeSession(ctx context.Context, id string) error {
	handle := strings.TrimPrefix(id, sessionMark)
	for known, s := range r.Sessions.All(ctx) {
		switch {
		case s.Err != nil:
			return s.Err
		case known == handle:
			return r.Sessions.Revoke(ctx, handle)
		}
	}
	return fault.NotFound
}
