package mcp_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestReadParams(t *testing.T) {
	tests := []struct{ name, text, meta, tool, uri, arguments string }{
		{"a call", `{"name":"add","arguments":{"a":1},"_meta":{"b":2}}`, `{"b":2}`, "add", "", `{"a":1}`},
		{"a read", ` { "uri" : "test:\u002f\/x" } `, ``, "", "test://x", ``},
		{"escaped names are the same names", `{"n\u0061me":"add"}`, ``, "add", "", ``},
		{"names inside of other members are others", `{"arguments":{"name":"other","_meta":{}}}`, ``, "", "", `{"name":"other","_meta":{}}`},
		{"a name that is no string is none", `{"name":["add"]}`, ``, "", "", ``},
		{"an array has no members", `["name"]`, ``, "", "", ``},
		{"neither has nothing", ``, ``, "", "", ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mcp.ReadParams(jsontext.Value(tt.text))
			if string(p.Meta) != tt.meta || p.Name != tt.tool || p.URI != tt.uri || string(p.Arguments) != tt.arguments {
				t.Errorf("ReadParams = %+v", p)
			}
		})
	}
}

// FuzzReadParams holds the two ways in which a host reads a name to each
// other: one decides, the other one is called.
func FuzzReadParams(f *testing.F) {
	f.Add([]byte(`{"name":"add","arguments":{},"_meta":{"progressToken":1}}`))
	f.Add([]byte(`{"n\u0061me":"\u0061","uri":"b"}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := mcp.Decode(mcp.AppendRequest(nil, "1", "a", text))
		if err != nil || m.Params == nil {
			return
		}
		p := mcp.ReadParams(m.Params)
		if name := mcp.StringMember(m.Params, "name"); name != p.Name {
			t.Errorf("the name in %s is %q and %q", text, p.Name, name)
		}
		if meta := mcp.Member(m.Params, "_meta"); string(meta) != string(p.Meta) {
			t.Errorf("the _meta in %s is %s and %s", text, p.Meta, meta)
		}
	})
}
