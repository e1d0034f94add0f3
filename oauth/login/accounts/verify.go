package accounts

import (
	"context"
	"errors"

	"gatehouse/internal/fault"
)

// errDenied has the same words for a name that nobody has, a wrong password
// and a disabled account.
var errDenied = fault.New(fault.Denied, "The name or the password is not right.")

// Verify returns the subject and the display name of the account. It fails
// with fault.Denied whether the name is unknown, the password is wrong or the
// account is disabled; with fault.TooMany, and how long to wait, after too
// many attempts on the name or from the address; and with fault.Unavailable
// when more people log in than the host has memory for.
func (d *Directory) Verify(ctx context.Context, name, password, address string) (subject, display string, err error) {
	// 1. A name that cannot be is like one that nobody has.
	name, err = normalise(name)
	if err != nil {
		name = ""
	}

	// 2. Count the attempt, before anybody knows how it ends.
	if err := d.Throttle.begin(ctx, name, address); err != nil {
		return "", "", err
	}

	// 3. Do the work, also for nobody.
	account, err := d.find(ctx, name)
	if err != nil {
		return "", "", err
	}
	right, err := d.Hasher.Verify(ctx, account.Hash, password)
	if err != nil {
		return "", "", err
	}
	if !right || account.Name == "" || account.Disabled {
		return "", "", errDenied
	}

	// 4. It was the person: the attempts were no attack.
	if err := d.Throttle.succeed(ctx, name, address); err != nil {
		return "", "", err
	}
	d.upgrade(ctx, account, password)
	return account.Subject(), account.Name, nil
}

// find returns the account, or for a name that nobody has one without a name,
// whose hash costs as much as any.
func (d *Directory) find(ctx context.Context, name string) (Account, error) {
	nobody := Account{Hash: d.Hasher.Decoy()}
	if name == "" {
		return nobody, nil
	}
	account, err := d.People.Get(ctx, name)
	if errors.Is(err, fault.NotFound) {
		return nobody, nil
	}
	return account, err
}

// upgrade hashes the password anew if that is done in another way by now. It
// may fail, for the next login does it as well.
func (d *Directory) upgrade(ctx context.Context, was Account, password string) {
	if d.Hasher.Current(was.Hash) {
		return
	}
	hash, err := d.Hasher.Hash(ctx, password)
	if err != nil {
		return
	}
	d.People.Update(ctx, was.Name, func(a *Account) error {
		if a.Hash != was.Hash {
			return fault.Conflict // somebody set another password meanwhile
		}
		a.Hash = hash
		return nil
	})
}
