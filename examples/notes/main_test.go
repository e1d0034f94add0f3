package main

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse"
	"gatehouse/mcp"
)

func TestEachPersonHasTheirOwnNotes(t *testing.T) {
	m, err := backend().Mount()
	if err != nil {
		t.Fatal(err)
	}
	call := func(who, params string) string {
		t.Helper()
		req := &mcp.Request{Method: mcp.MethodToolsCall, Params: jsontext.Value(params)}
		res, err := m.Backend.Call(t.Context(), gatehouse.Person{Subject: who}, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(res.Raw)
	}
	call("alice", `{"name":"add_note","arguments":{"text":"buy milk"}}`)
	for who, want := range map[string]string{"alice": `{"notes":["buy milk"]}`, "bob": `{"notes":[]}`} {
		if got := call(who, `{"name":"list_notes"}`); !strings.Contains(got, want) {
			t.Errorf("%s has %s, want %s", who, got, want)
		}
	}
	if got := call("alice", `{"name":"add_note","arguments":{"text":""}}`); !strings.Contains(got, `"isError":true`) {
		t.Errorf("an empty note came to %s", got)
	}
}
