package dev_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/oauth/idp/dev"
	"gatehouse/oauth/login"
)

func TestVerify(t *testing.T) {
	for name, tt := range map[string]struct {
		name string
		want login.Person
	}{
		"any name":                   {"alice", login.Person{Subject: "dev:alice", Name: "alice"}},
		"space around it is no part": {"  Zoë K. ", login.Person{Subject: "dev:Zoë K.", Name: "Zoë K."}},
		"no name":                    {" ", login.Person{}},
		"a name that is too long":    {strings.Repeat("a", 65), login.Person{}},
		"a name that turns the text": {"al\u202eice", login.Person{}},
		"a name with a line break":   {"al\nice", login.Person{}},
		"a name that is no text":     {"al\xff", login.Person{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := dev.Provider().Form.Verify(t.Context(), tt.name, "", "")
			if got != tt.want {
				t.Errorf("person = %+v, want %+v", got, tt.want)
			}
			if refused := tt.want == (login.Person{}); errors.Is(err, fault.Invalid) != refused {
				t.Errorf("err = %v, want invalid: %v", err, refused)
			}
		})
	}
}
