package mcp_test

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestParamHeaders(t *testing.T) {
	tests := []struct {
		name   string
		schema string
		want   []mcp.ParamHeader
	}{
		{"a schema without annotations asks for nothing",
			`{"type":"object","properties":{"a":{"type":"string"}}}`, nil},
		{"annotations come in the order of their paths, nested ones too",
			`{"properties":{
				"z":{"type":"integer","x-mcp-header":"Size"},
				"a":{"properties":{"b":{"type":"string","x-mcp-header":"region"}}},
				"any":true}}`,
			[]mcp.ParamHeader{
				{Header: "Mcp-Param-Region", Path: []string{"a", "b"}},
				{Header: "Mcp-Param-Size", Path: []string{"z"}},
			}},
		{"only strings, integers and booleans can be in a header",
			`{"properties":{
				"n":{"type":"number","x-mcp-header":"N"},
				"o":{"type":"object","x-mcp-header":"O"},
				"b":{"type":"boolean","x-mcp-header":"B"}}}`,
			[]mcp.ParamHeader{{Header: "Mcp-Param-B", Path: []string{"b"}}}},
		{"a name that no header can have is left out",
			`{"properties":{"a":{"type":"string","x-mcp-header":"a b"},"b":{"type":"string","x-mcp-header":""}}}`, nil},
		{"a header that stands twice belongs to the first",
			`{"properties":{"b":{"type":"string","x-mcp-header":"X"},"a":{"type":"string","x-mcp-header":"x"}}}`,
			[]mcp.ParamHeader{{Header: "Mcp-Param-X", Path: []string{"a"}}}},
		{"what is no schema asks for nothing", `[1]`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.ParamHeaders(jsontext.Value(tt.schema)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParamHeaders = %v, want %v", got, tt.want)
			}
		})
	}
}
