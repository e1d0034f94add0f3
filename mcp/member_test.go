package mcp

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func TestMember(t *testing.T) {
	for _, tt := range []struct{ object, name, want string }{
		{`{"a":1,"b":{"c":2}}`, "b", `{"c":2}`},
		{`{"a": [1, 2] }`, "a", `[1, 2]`},
		{` {"a":"x"} `, "a", `"x"`},
		{`{"A":1}`, "a", ``},
		{`{"b":{"a":1}}`, "a", ``},
		{`{"\u0061":1}`, "a", `1`},
		{`[1]`, "a", ``},
		{``, "a", ``},
		{`{"a":`, "a", ``},
	} {
		if got := Member(jsontext.Value(tt.object), tt.name); string(got) != tt.want {
			t.Errorf("Member(%s, %q) = %s, want %s", tt.object, tt.name, got, tt.want)
		}
	}
}

func TestWithMember(t *testing.T) {
	for _, tt := range []struct{ object, want string }{
		{`{"name":"x","a":1}`, `{"name":"new","a":1}`},
		{`{"a":1,"name": {"x":[]} }`, `{"a":1,"name": "new" }`},
		{`{}`, `{"name":"new"}`},
		{`{ }`, `{ "name":"new"}`},
		{`{"a":{}}`, `{"a":{},"name":"new"}`},
		{`{"a":1} `, `{"a":1,"name":"new"} `},
		{``, `{"name":"new"}`},
		{`null`, `{"name":"new"}`},
	} {
		got := WithMember(jsontext.Value(tt.object), "name", jsontext.Value(`"new"`))
		if string(got) != tt.want {
			t.Errorf("WithMember(%s) = %s, want %s", tt.object, got, tt.want)
		}
	}
}

func TestWithString(t *testing.T) {
	for _, tt := range []struct{ object, value, want string }{
		{`{"name":"x","a":1}`, "y", `{"name":"y","a":1}`},
		{`{}`, `say "hé"`, `{"name":"say \"hé\""}`},
		{``, "", `{"name":""}`},
		{`{}`, "no UTF-8: \xff", "{\"name\":\"no UTF-8: \ufffd\"}"},
	} {
		if got := WithString(jsontext.Value(tt.object), "name", tt.value); string(got) != tt.want {
			t.Errorf("WithString(%s, %q) = %s, want %s", tt.object, tt.value, got, tt.want)
		}
	}
}

func TestWithoutMembers(t *testing.T) {
	for _, tt := range []struct{ object, want string }{
		{`{"a":1,"b":{"a":2},"c": [3, 4]}`, `{"b":{"a":2},"c":[3, 4]}`},
		{`{"b":1,"\u0061":2}`, `{"b":1}`},
		{`{"a":1}`, `{}`},
		{`{}`, `{}`},
		{`[1]`, `[1]`},
		{``, ``},
	} {
		if got := WithoutMembers(jsontext.Value(tt.object), "a", "z"); string(got) != tt.want {
			t.Errorf("WithoutMembers(%s) = %s, want %s", tt.object, got, tt.want)
		}
	}
}

func FuzzWithMember(f *testing.F) {
	f.Add([]byte(`{"a":1,"name":2}`))
	f.Add([]byte(`{ "a":"\"}" }`))
	f.Fuzz(func(t *testing.T, object []byte) {
		var members map[string]jsontext.Value
		if json.Unmarshal(object, &members) != nil {
			return
		}
		got := WithMember(object, "name", jsontext.Value(`"new"`))
		if string(Member(got, "name")) != `"new"` {
			t.Fatalf("WithMember(%s) = %s", object, got)
		}
		for name, value := range members {
			if name != "name" && string(Member(got, name)) != string(value) {
				t.Fatalf("member %q of %s became %s", name, object, Member(got, name))
			}
		}
	})
}

func FuzzWithoutMembers(f *testing.F) {
	f.Add([]byte(`{"a":1 , "ttlMs" : 5 , "b": 2}`), "ttlMs")
	f.Add([]byte(` {"ttlMs":[{}] , "b":"\"ttlMs\""}`), "ttlMs")
	f.Fuzz(func(t *testing.T, object []byte, name string) {
		var before, after map[string]jsontext.Value
		if json.Unmarshal(object, &before) != nil || before == nil {
			return
		}
		got := WithoutMembers(object, name)
		if err := json.Unmarshal(got, &after); err != nil {
			t.Fatalf("WithoutMembers(%s, %q) = %s: %v", object, name, got, err)
		}
		delete(before, name)
		if len(before) != len(after) {
			t.Fatalf("WithoutMembers(%s, %q) = %s", object, name, got)
		}
		for member, value := range before {
			if string(after[member]) != string(value) {
				t.Fatalf("member %q became %s", member, after[member])
			}
		}
	})
}
