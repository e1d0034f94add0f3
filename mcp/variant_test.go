package mcp

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestVariant(t *testing.T) {
	for _, tt := range []struct {
		object string
		want   bool
	}{
		{`{"name":"a"}`, false},
		{`{"name":"a","Name":"b"}`, true},
		{`{"NAME":"b"}`, true},
		{`{"n\u0061me":"b"}`, false},
		{`{"N\u0061me":"b"}`, true},
		{`{"arguments":{"Name":"b"},"name":"a"}`, false},
		{`{}`, false},
		{``, false},
		{`[]`, false},
	} {
		if name, got := Variant(jsontext.Value(tt.object), "uri", "name"); got != tt.want || got && name != "name" {
			t.Errorf("Variant(%s) = %q, %v, want %v", tt.object, name, got, tt.want)
		}
	}
	if _, ok := Variant(jsontext.Value(`{"taſKId":"x"}`), "taskId"); !ok {
		t.Error("the long s is an s to who does not heed case")
	}
}
