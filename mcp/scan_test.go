package mcp

import (
	"maps"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func members(object string) (map[string]string, error) {
	found := map[string]string{}
	err := eachMember(jsontext.Value(object), func(name, value jsontext.Value, at span) bool {
		if object[at.start:at.end] != string(value) {
			panic("the span is not where the value stands")
		}
		unquote(value) // as those who read members do, whatever the value is
		key, _ := jsontext.AppendUnquote(nil, name)
		found[string(key)] = string(value)
		return true
	})
	return found, err
}

func TestEachMember(t *testing.T) {
	for _, tt := range []struct {
		name, object string
		want         map[string]string
	}{
		{"every kind of value", `{"a":1,"b":"x","c":[1,{"d":2}],"e":{"f":[]},"g":null,"h":-1.5e3,"i":true}`,
			map[string]string{"a": "1", "b": `"x"`, "c": `[1,{"d":2}]`, "e": `{"f":[]}`, "g": "null", "h": "-1.5e3", "i": "true"}},
		{"space wherever it may be", " \n{ \"a\" : [ 1 , 2 ] ,\t\"b\":3 } ", map[string]string{"a": "[ 1 , 2 ]", "b": "3"}},
		{"brackets, commas and quotes in strings", `{"a":"}],\"","b":{"c":"{\\"}}`, map[string]string{"a": `"}],\""`, "b": `{"c":"{\\"}`}},
		{"backslashes before quotes, one to four of them", `{"a":"\"","b":"\\","c":"\\\"","d":"x\\\\"}`, map[string]string{"a": `"\""`, "b": `"\\"`, "c": `"\\\""`, "d": `"x\\\\"`}},
		{"an escaped name", `{"\u0061":1}`, map[string]string{"a": "1"}},
		{"nothing", `{}`, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := members(tt.object)
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("members = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{``, `[`, `1`, `{`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":}`, `{"a":1,`, `{"a" 1}`, `{"a":1]`, `{"a":"`, `{"a":"x`, `{"a":"x\"`, `{"a":[`} {
		if got, err := members(bad); err == nil {
			t.Errorf("members of %s = %q, want an error", bad, got)
		}
	}
}

func FuzzEachMember(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":["}"]},"\u00e9":"\""}`)
	f.Add(`{"a":`)
	f.Fuzz(func(t *testing.T, object string) {
		got, err := members(object) // whatever it is, it must come to an end
		var want map[string]jsontext.Value
		if json.Unmarshal([]byte(object), &want) != nil || want == nil {
			return
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("members of %s = %q, %v, want %q", object, got, err, want)
		}
		for name, value := range want {
			if got[name] != string(value) {
				t.Errorf("member %q of %s = %s, want %s", name, object, got[name], value)
			}
		}
	})
}
