package view

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestOverride(t *testing.T) {
	const raw = `{"x":{"kept":[1, 2]},"name":"add","description":"old","annotations":{"readOnlyHint":false, "u":1}}`
	for _, tt := range []struct {
		name string
		o    Override
		want string
	}{
		{"nothing changes nothing", Override{}, raw},
		{"words", Override{Title: "T", Description: `say "new"`},
			`{"x":{"kept":[1, 2]},"name":"add","description":"say \"new\"","annotations":{"readOnlyHint":false, "u":1},"title":"T"}`},
		{"annotations join those that are there", Override{Annotations: jsontext.Value(`{"readOnlyHint":true,"title":"A"}`)},
			`{"x":{"kept":[1, 2]},"name":"add","description":"old","annotations":{"readOnlyHint":true, "u":1,"title":"A"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.o.Apply(jsontext.Value(raw))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
