package session

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
	"gatehouse/store"
)

const (
	// touchEvery is how far the store may lag behind in when a session was
	// last used.
	touchEvery = 5 * time.Minute
	sweepEvery = time.Minute
)

var errGone = fault.New(fault.NotFound, "Session not found.")

// Store keeps sessions.
type Store struct {
	table     *store.Table[Record]
	life      time.Duration
	perPerson int
	now       func() time.Time
	opening   turns

	mu    sync.RWMutex
	live  map[string]*Session // by id
	byKey map[string]*Session // by key of record
	swept time.Time
}

// Config says how long sessions live, and how many.
type Config struct {
	Life      time.Duration    // of a session that nobody uses; 24 hours if zero
	PerPerson int              // sessions of one person; 64 if zero
	Now       func() time.Time // time.Now if nil
}

// New returns a store of sessions over kv.
func New(kv store.KV, c Config) *Store {
	c.Life = cmp.Or(c.Life, 24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Store{
		table: store.NewTable(kv, "session", func(r Record) time.Time {
			return r.Used.Add(c.Life + touchEvery) // Used lags behind by as much
		}),
		life:      c.Life,
		perPerson: cmp.Or(c.PerPerson, 64),
		now:       c.Now,
		live:      make(map[string]*Session),
		byKey:     make(map[string]*Session),
	}
}

// Create opens a session with what rec says of the client. If the person has
// too many already, the one that has been idle for longest ends; if all of
// them are busy, it fails with fault.TooMany.
func (s *Store) Create(ctx context.Context, rec Record) (*Session, error) {
	s.sweep()
	end, err := s.opening.take(ctx, rec.Subject)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := s.makeRoom(ctx, rec.Subject); err != nil {
		return nil, err
	}
	id := newID()
	rec.Created, rec.Used = s.now(), s.now()
	made := newSession(id, key(rec.Subject, id), rec)
	if err := s.table.Insert(ctx, made.key, rec); err != nil {
		return nil, err
	}
	s.keep(made)
	return made, nil
}

// Volatile opens a session that is in memory alone: that of a transport whose
// one connection is the session. The caller must End it.
func (s *Store) Volatile(rec Record) *Session {
	rec.Created, rec.Used = s.now(), s.now()
	made := newSession(newID(), "", rec)
	s.keep(made)
	return made
}

// Find returns the person's session of that id, or fault.NotFound if there is
// none, if it is over, or if it is somebody else's. Finding counts as use.
func (s *Store) Find(ctx context.Context, subject, id string) (*Session, error) {
	s.mu.RLock()
	found := s.live[id]
	s.mu.RUnlock()
	if found == nil {
		return s.load(ctx, subject, id)
	}
	if found.subject != subject {
		return nil, errGone
	}
	now := s.now()
	if !found.live(now, s.life) {
		return nil, errors.Join(errGone, s.End(ctx, found))
	}
	found.used.Store(now.Unix())
	return found, s.touch(ctx, found, now)
}

// load takes a session from the table into memory.
func (s *Store) load(ctx context.Context, subject, id string) (*Session, error) {
	s.sweep()
	if len(id) != idLength {
		return nil, errGone
	}
	k := key(subject, id)
	rec, err := s.table.Get(ctx, k)
	if errors.Is(err, fault.NotFound) || err == nil && rec.Subject != subject {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	found := newSession(id, k, rec)
	if !found.live(s.now(), s.life) {
		return nil, errGone
	}
	found = s.keep(found)
	now := s.now()
	found.used.Store(now.Unix())
	return found, s.touch(ctx, found, now)
}

// touch writes down now and then that the session was used. It finds out that
// another instance has ended the session meanwhile.
func (s *Store) touch(ctx context.Context, found *Session, now time.Time) error {
	written := found.written.Load()
	if found.key == "" || now.Unix()-written < int64(touchEvery/time.Second) ||
		!found.written.CompareAndSwap(written, now.Unix()) {
		return nil
	}
	err := s.write(ctx, found, func(r *Record) { r.Used = now })
	if errors.Is(err, fault.NotFound) {
		return err
	}
	return nil // a store that is busy now is asked again in a while
}

// Touch counts as use of a session in which something runs for long.
func (s *Store) Touch(ctx context.Context, of *Session) error {
	now := s.now()
	of.used.Store(now.Unix())
	return s.touch(ctx, of, now)
}

// SetLevel writes down from which level up the client wants log messages.
func (s *Store) SetLevel(ctx context.Context, of *Session, level string) error {
	return s.write(ctx, of, func(r *Record) { r.LogLevel = level })
}

// Subscribe writes down that the client wants to hear of the resource.
func (s *Store) Subscribe(ctx context.Context, of *Session, uri string) error {
	return s.write(ctx, of, func(r *Record) {
		if !slices.Contains(r.Subscriptions, uri) {
			r.Subscriptions = append(slices.Clip(r.Subscriptions), uri)
		}
	})
}

// Unsubscribe takes Subscribe back.
func (s *Store) Unsubscribe(ctx context.Context, of *Session, uri string) error {
	return s.write(ctx, of, func(r *Record) {
		r.Subscriptions = slices.DeleteFunc(slices.Clone(r.Subscriptions), func(u string) bool { return u == uri })
	})
}

// SetClient writes down what the client of a volatile session says of itself.
func (s *Store) SetClient(of *Session, c mcp.Client) {
	of.alter(func(r *Record) {
		r.Revision, r.Info, r.Capabilities = c.Revision, c.Info, c.Capabilities
	})
}

// write changes the record, first in the table, then in memory.
func (s *Store) write(ctx context.Context, of *Session, change func(*Record)) error {
	if of.key == "" {
		of.alter(change)
		return nil
	}
	now, err := s.table.Update(ctx, of.key, func(r *Record) error {
		change(r)
		return nil
	})
	if errors.Is(err, fault.NotFound) {
		s.drop(of)
		return errGone
	}
	if err != nil {
		return err
	}
	of.alter(func(r *Record) { *r = now })
	return nil
}

// End ends the session: its id is not found from now on.
func (s *Store) End(ctx context.Context, of *Session) error {
	s.drop(of)
	if of.key == "" {
		return nil
	}
	return s.table.Delete(ctx, of.key)
}

// All yields every session in the store, each under a handle that [Store.Revoke]
// takes. The handle does not tell the session's id.
func (s *Store) All(ctx context.Context) iter.Seq2[string, store.Result[Record]] {
	return s.table.All(ctx, "")
}

// Revoke ends the session of that handle. One that is not there is no failure.
func (s *Store) Revoke(ctx context.Context, handle string) error {
	if of := s.inMemory(handle); of != nil {
		return s.End(ctx, of)
	}
	return s.table.Delete(ctx, handle)
}
