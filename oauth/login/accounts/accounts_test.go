package accounts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/oauth/login/accounts"
	"gatehouse/store/mem"
)

const password = "correct horse"

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time       { return c.now }
func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }
func cheap() accounts.Params          { return accounts.Params{Memory: 8, Passes: 1, Threads: 1} }
func denied(err error) bool           { return errors.Is(err, fault.Denied) }
func tooMany(err error) bool          { return errors.Is(err, fault.TooMany) }
func add(t *testing.T, d *accounts.Directory, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := d.Add(t.Context(), name, password); err != nil {
			t.Fatalf("add %q = %v", name, err)
		}
	}
}

// directory returns one whose hashes are cheap, and its clock.
func directory(t *testing.T, names ...string) (*accounts.Directory, *clock) {
	c := &clock{time.Now()}
	d := accounts.New(new(mem.KV))
	d.Hasher.Params, d.Now, d.Throttle.Now = cheap(), c.Now, c.Now
	add(t, d, names...)
	return d, c
}

func verify(t *testing.T, d *accounts.Directory, name, password, address string) error {
	t.Helper()
	_, _, err := d.Verify(t.Context(), name, password, address)
	return err
}

func TestVerify(t *testing.T) {
	d, _ := directory(t, "alice", "carol")
	if err := d.Disable(t.Context(), "carol"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, user, password string
		ok                   bool
	}{
		{"the right password", "alice", password, true},
		{"the name in capitals and with blanks", " ALICE ", password, true},
		{"a wrong password", "alice", "wrong horse", false},
		{"the password in capitals", "alice", strings.ToUpper(password), false},
		{"no password", "alice", "", false},
		{"a password of a megabyte", "alice", strings.Repeat("x", 1<<20), false},
		{"a name that nobody has", "bob", password, false},
		{"a name that cannot be", "al\x00ice", password, false},
		{"no name", "", password, false},
		{"a disabled account", "carol", password, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			subject, display, err := d.Verify(t.Context(), test.user, test.password, "")
			if test.ok {
				if subject != "password:alice" || display != "alice" || err != nil {
					t.Errorf("verify = %q, %q, %v, want alice", subject, display, err)
				}
				return
			}
			if want := "The name or the password is not right."; !denied(err) || fault.Public(err) != want || subject != "" {
				t.Errorf("verify = %q, %v, want %q", subject, err, want)
			}
		})
	}
}

func TestAdd(t *testing.T) {
	for _, test := range []struct {
		test, name, password string
		kind                 error
	}{
		{"a plain name", "alice", password, nil},
		{"an address", "Alice.B+c_d-1@example.com", password, nil},
		{"a name of 64 characters", strings.Repeat("a", 64), password, nil},
		{"a name of 65 characters", strings.Repeat("a", 65), password, fault.Invalid},
		{"no name", " ", password, fault.Invalid},
		{"a name that begins with a mark", "-alice", password, fault.Invalid},
		{"a name with a slash", "a/b", password, fault.Invalid},
		{"a name of letters that look alike", "аlice", password, fault.Invalid},
		{"a name with a line end", "alice\nbob", password, fault.Invalid},
		{"a password of 10 bytes", "alice", strings.Repeat("x", 10), nil},
		{"a password of 9 bytes", "alice", strings.Repeat("x", 9), fault.Invalid},
		{"a password of 1024 bytes", "alice", strings.Repeat("x", 1024), nil},
		{"a password of 1025 bytes", "alice", strings.Repeat("x", 1025), fault.Invalid},
		{"a name that is taken", "TAKEN", password, fault.Conflict},
	} {
		t.Run(test.test, func(t *testing.T) {
			d, _ := directory(t, "taken")
			err := d.Add(t.Context(), test.name, test.password)
			if !errors.Is(err, test.kind) {
				t.Fatalf("add = %v, want %v", err, test.kind)
			}
			if err := verify(t, d, test.name, test.password, ""); (err == nil) != (test.kind == nil) && !errors.Is(test.kind, fault.Conflict) {
				t.Errorf("verify = %v after add = %v", err, test.kind)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	d, c := directory(t, "alice", "bob")
	c.pass(time.Hour)
	if err := d.SetPassword(t.Context(), "Alice", "another horse"); err != nil {
		t.Fatal(err)
	}
	if err := verify(t, d, "alice", password, ""); !denied(err) {
		t.Errorf("verify with the old password = %v, want %v", err, fault.Denied)
	}
	if err := verify(t, d, "alice", "another horse", ""); err != nil {
		t.Errorf("verify with the new password = %v", err)
	}
	if err := errors.Join(d.Disable(t.Context(), "bob"), d.Enable(t.Context(), "bob"), d.Disable(t.Context(), "alice")); err != nil {
		t.Fatal(err)
	}
	if err := verify(t, d, "bob", password, ""); err != nil {
		t.Errorf("verify of who was enabled again = %v", err)
	}
	var got []string
	for _, r := range d.List(t.Context()) {
		got = append(got, fmt.Sprintf("%s %t %v", r.Row.Name, r.Row.Disabled, r.Row.Changed.Sub(r.Row.Created)))
	}
	if want := []string{"alice true 1h0m0s", "bob false 0s"}; !slices.Equal(got, want) {
		t.Errorf("list = %q, want %q", got, want)
	}
	for name, err := range map[string]error{
		"set":     d.SetPassword(t.Context(), "nobody", password),
		"disable": d.Disable(t.Context(), "nobody"),
		"enable":  d.Enable(t.Context(), "nobody"),
	} {
		if !errors.Is(err, fault.NotFound) {
			t.Errorf("%s of nobody = %v, want %v", name, err, fault.NotFound)
		}
	}
	if err := d.SetPassword(t.Context(), "alice", "short"); !errors.Is(err, fault.Invalid) {
		t.Errorf("set a short password = %v, want %v", err, fault.Invalid)
	}
}

func TestActive(t *testing.T) {
	d, _ := directory(t, "alice", "bob")
	if err := d.Disable(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	for subject, want := range map[string]bool{
		"password:alice": true, "password:bob": false, "password:nobody": false, "github:1": true, "alice": true,
	} {
		if got, err := d.Active(t.Context(), subject); got != want || err != nil {
			t.Errorf("active %s = %v, %v, want %v", subject, got, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := d.Active(ctx, "password:alice"); got || err == nil {
		t.Errorf("active without a store = %v, %v, want false and why", got, err)
	}
}

func TestHashIsNotPrinted(t *testing.T) {
	d, _ := directory(t, "alice")
	account, err := d.People.Get(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s\n", account, account, account, account.Hash)
	slog.New(slog.NewTextHandler(&out, nil)).Info("account", "account", account, "hash", account.Hash)
	if secret := string(account.Hash)[len(account.Hash)-20:]; strings.Contains(out.String(), secret) {
		t.Errorf("the hash is in\n%s", out.String())
	}
}

func TestUpgrade(t *testing.T) {
	d, _ := directory(t, "alice")
	before, err := d.People.Get(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	d.Hasher.Params.Passes++
	if err := verify(t, d, "alice", "wrong horse", ""); !denied(err) {
		t.Fatal(err)
	}
	if a, _ := d.People.Get(t.Context(), "alice"); a.Hash != before.Hash {
		t.Error("a wrong password changed the hash")
	}
	for range 2 {
		if err := verify(t, d, "alice", password, ""); err != nil {
			t.Fatal(err)
		}
	}
	after, err := d.People.Get(t.Context(), "alice")
	if err != nil || !d.Hasher.Current(after.Hash) || d.Hasher.Current(before.Hash) {
		t.Errorf("the hash did not rise with the parameters: %v", err)
	}
}
