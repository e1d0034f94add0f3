package password_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/oauth/idp/password"
	"gatehouse/oauth/login"
)

// book knows one account, and who asked for it.
type book struct{ from string }

func (b *book) Verify(_ context.Context, name, password, address string) (subject, display string, err error) {
	b.from = address
	if name != "alice" || password != "right" {
		return "", "", fault.New(fault.Denied, "no")
	}
	return "user:1", "Alice", nil
}

func TestVerify(t *testing.T) {
	for name, tt := range map[string]struct {
		name, password string
		want           login.Person
		err            error
	}{
		"a right password":             {"alice", "right", login.Person{Subject: "user:1", Name: "Alice"}, nil},
		"a wrong password":             {"alice", "wrong", login.Person{}, fault.Denied},
		"no name":                      {"", "right", login.Person{}, fault.Invalid},
		"no password":                  {"alice", "", login.Person{}, fault.Invalid},
		"a password of many kilobytes": {"alice", strings.Repeat("x", 4096), login.Person{}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			accounts := new(book)
			got, err := password.Provider(accounts).Form.Verify(t.Context(), tt.name, tt.password, "192.0.2.1")
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Verify = %+v, %v; want %+v, %v", got, err, tt.want, tt.err)
			}
			if asked := accounts.from != ""; asked != !errors.Is(tt.err, fault.Invalid) {
				t.Errorf("the accounts were asked: %v", asked)
			}
		})
	}
}
