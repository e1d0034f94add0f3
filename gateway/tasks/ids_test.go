package tasks

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
	"gatehouse/store"
)

func FuzzIDs(f *testing.F) {
	ids := IDs{store.NewKeyring(store.NewKey()), "a", "dev:alice"}
	others := []IDs{
		{ids.Keys, "a", "dev:bob"},
		{ids.Keys, "b", "dev:alice"},
		{store.NewKeyring(store.NewKey()), "a", "dev:alice"},
	}
	for _, id := range []string{"1:x", "", "a::1", "a:AAAAAAAAAAAAAAAAAAAAAA:1", "é\xff"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if own, err := ids.read(id); err == nil {
			t.Fatalf("%q reads as %q", id, own)
		}
		shown, err := ids.show(id)
		if err != nil {
			t.Fatal(err)
		}
		if own, err := ids.read(shown); own != id || err != nil {
			t.Errorf("%q reads as %q, %v", shown, own, err)
		}
		for _, other := range others {
			if own, err := other.read(shown); err == nil {
				t.Errorf("for %s at %s it reads as %q", other.Owner, other.Server, own)
			}
		}
	})
}

func TestATaskInAResult(t *testing.T) {
	ids := IDs{store.NewKeyring(store.NewKey()), "a", "dev:alice"}
	shown, err := ids.show("1:x")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, method, result, want string }{
		{"that began (2025-11-25)", "tools/call", `{"task":{"taskId":"1:x","ttl":1}}`, `{"task":{"taskId":"` + shown + `","ttl":1}}`},
		{"that began (2026-07-28)", "tools/call", `{"resultType":"task","taskId":"1:x"}`, `{"resultType":"task","taskId":"` + shown + `"}`},
		{"that is asked for", "tasks/get", `{"taskId":"1:x"}`, `{"taskId":"` + shown + `"}`},
		{"that it is the result of", "tasks/result", `{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1:x"}}}`,
			`{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"` + shown + `"}}}`},
		{"and what only looks like one", "tools/call", `{"taskId":"1:x","structuredContent":{"taskId":"1:x"}}`, `{"taskId":"1:x","structuredContent":{"taskId":"1:x"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ids.Result(&mcp.Request{Method: tt.method}, mcp.Result{Raw: jsontext.Value(tt.result)})
			if string(got.Raw) != tt.want {
				t.Errorf("got %s, want %s", got.Raw, tt.want)
			}
		})
	}
}

func TestATaskOfSomebodyElse(t *testing.T) {
	keys := store.NewKeyring(store.NewKey())
	alice, bob := IDs{keys, "a", "dev:alice"}, IDs{keys, "a", "dev:bob"}
	own, err := alice.show("1:x")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, method, params, want string }{
		{"asked for", "tasks/get", `{"taskId":"ID"}`, `{"taskId":"1:x"}`},
		{"that a call belongs to", "tools/call", `{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"ID"}}}`, `{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1:x"}}}`},
		{"that a call is to be", "tools/call", `{"task":{"taskId":"ID"}}`, `{"task":{"taskId":"1:x"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := &mcp.Request{Method: tt.method, Params: jsontext.Value(strings.Replace(tt.params, "ID", own, 1))}
			if got, err := alice.Request(req); err != nil || string(got.Params) != tt.want {
				t.Errorf("by its owner: %v, %v", got, err)
			}
			if got, err := bob.Request(req); err == nil || err.Error() != unknown(own).Error() {
				t.Errorf("by somebody else: %v, %v", got, err)
			}
		})
	}
}
