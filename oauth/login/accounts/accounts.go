// Package accounts keeps people who log in with a password.
//
//	name, password -> Throttle -> Hasher -> Account
//
// An attempt is counted before it is checked, so that many at once gain
// nothing, and a name that nobody has costs the same work as a wrong password,
// so that nobody can probe for names.
package accounts

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// Account is a person with a password.
type Account struct {
	Name     string    `json:"name"`
	Hash     Hash      `json:"hash"`
	Created  time.Time `json:"created"`
	Changed  time.Time `json:"changed"` // when the password was set
	Disabled bool      `json:"disabled,omitempty"`
}

// subjectPrefix leads the subjects of these accounts, as the name of each way
// to log in does.
const subjectPrefix = "password:"

// Subject is the stable id of the person.
func (a Account) Subject() string { return subjectPrefix + a.Name }

// Hash is the hash of a password in PHC string format. It does not print.
type Hash string

func (Hash) String() string       { return "REDACTED" }
func (Hash) GoString() string     { return "REDACTED" }
func (Hash) LogValue() slog.Value { return slog.StringValue("REDACTED") }

// Directory is the accounts of a host. All it needs is in its fields.
type Directory struct {
	People   *store.Table[Account]
	Throttle *Throttle
	Hasher   *Hasher
	Now      func() time.Time
}

// New returns the directory in a store.
func New(kv store.KV) *Directory {
	return &Directory{
		People:   store.NewTable[Account](kv, "account", nil),
		Throttle: NewThrottle(kv),
		Hasher:   NewHasher(),
		Now:      time.Now,
	}
}

// Passwords have at least and at most so many bytes.
const (
	minPassword = 10
	maxPassword = 1024
)

// names are the characters of a name, of which the first few begin one.
const (
	begins = "abcdefghijklmnopqrstuvwxyz0123456789"
	names  = begins + "._@+-"
)

// normalise returns the one form of a name: without blanks around it and in
// small letters. Names are ASCII, for no two to look alike.
func normalise(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || len(name) > 64 || !strings.Contains(begins, name[:1]) || strings.Trim(name, names) != "" {
		return "", fault.New(fault.Invalid,
			"A name has 1 to 64 characters: letters from a to z, digits, and . _ @ + - except as the first.")
	}
	return name, nil
}

func checkPassword(password string) error {
	if len(password) < minPassword || len(password) > maxPassword {
		return fault.New(fault.Invalid, "A password has %d to %d bytes.", minPassword, maxPassword)
	}
	return nil
}

// Add makes an account. It fails with fault.Conflict if the name is taken, and
// with fault.Invalid if the name or the password is not allowed.
func (d *Directory) Add(ctx context.Context, name, password string) error {
	name, hash, err := d.prepare(ctx, name, password)
	if err != nil {
		return err
	}
	now := d.Now()
	err = d.People.Insert(ctx, name, Account{Name: name, Hash: hash, Created: now, Changed: now})
	if errors.Is(err, fault.Conflict) {
		return fault.Wrap(err, fault.Conflict, "There is an account with this name.")
	}
	return err
}

// SetPassword gives an account another password, and ends its waiting time.
func (d *Directory) SetPassword(ctx context.Context, name, password string) error {
	name, hash, err := d.prepare(ctx, name, password)
	if err != nil {
		return err
	}
	err = d.change(ctx, name, func(a *Account) { a.Hash, a.Changed = hash, d.Now() })
	if err != nil {
		return err
	}
	return d.Throttle.forget(ctx, name)
}

// Disable keeps the person from logging in. What was granted before stays
// until it is revoked, see [Directory.Active].
func (d *Directory) Disable(ctx context.Context, name string) error {
	return d.change(ctx, name, func(a *Account) { a.Disabled = true })
}

// Enable ends what Disable did.
func (d *Directory) Enable(ctx context.Context, name string) error {
	return d.change(ctx, name, func(a *Account) { a.Disabled = false })
}

// List yields the accounts in the order of their names.
func (d *Directory) List(ctx context.Context) iter.Seq2[string, store.Result[Account]] {
	return d.People.All(ctx, "")
}

// Active reports whether a person may still act: not whose account is disabled
// or gone. Of persons who log in elsewhere it knows nothing, and says true.
func (d *Directory) Active(ctx context.Context, subject string) (bool, error) {
	name, ours := strings.CutPrefix(subject, subjectPrefix)
	if !ours {
		return true, nil
	}
	account, err := d.People.Get(ctx, name)
	if errors.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && !account.Disabled, err
}

func (d *Directory) prepare(ctx context.Context, name, password string) (string, Hash, error) {
	name, err := normalise(name)
	if err != nil {
		return "", "", err
	}
	if err := checkPassword(password); err != nil {
		return "", "", err
	}
	hash, err := d.Hasher.Hash(ctx, password)
	return name, hash, err
}

func (d *Directory) change(ctx context.Context, name string, change func(*Account)) error {
	name, err := normalise(name)
	if err != nil {
		return err
	}
	_, err = d.People.Update(ctx, name, func(a *Account) error { change(a); return nil })
	if errors.Is(err, fault.NotFound) {
		return fault.Wrap(err, fault.NotFound, "There is no account with this name.")
	}
	return err
}
