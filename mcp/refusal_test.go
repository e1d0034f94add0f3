package mcp_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestUnsupportedRevisionNamesTheSupportedOnes(t *testing.T) {
	const want = `{"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"requested":"v999"}`
	if e := mcp.UnsupportedRevision("v999"); string(e.Data) != want || e.Code != mcp.CodeUnsupportedRevision {
		t.Errorf("%v %s, want %s", e, e.Data, want)
	}
}

func TestCheckInputRequests(t *testing.T) {
	tests := []struct {
		name, requests, capabilities string
		code                         int
		data                         string
	}{
		{"every kind that is declared",
			`{"a":{"method":"elicitation/create","params":{}},"b":{"method":"sampling/createMessage"},"c":{"method":"roots/list"}}`,
			`{"elicitation":{},"sampling":{},"roots":{}}`, 0, ``},
		{"a kind that is not declared",
			`{"a":{"method":"roots/list"},"b":{"method":"sampling/createMessage"}}`,
			`{"roots":{}}`, mcp.CodeMissingCapability, `{"requiredCapabilities":{"sampling":{}}}`},
		{"a page to visit is more than a form",
			`{"a":{"method":"elicitation/create","params":{"mode":"url"}}}`,
			`{"elicitation":{"form":{}}}`, mcp.CodeMissingCapability, `{"requiredCapabilities":{"elicitation":{"url":{}}}}`},
		{"sampling with tools is more than sampling",
			`{"a":{"method":"sampling/createMessage","params":{"tools":[]}}}`,
			`{"sampling":{}}`, mcp.CodeMissingCapability, `{"requiredCapabilities":{"sampling":{"tools":{}}}}`},
		{"a request that no client knows", `{"a":{"method":"tools/call"}}`, `{"elicitation":{}}`, mcp.CodeInternal, ``},
		{"requests that are no object", `[]`, `{}`, mcp.CodeInternal, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := mcp.CheckInputRequests(jsontext.Value(tt.requests), jsontext.Value(tt.capabilities))
			if tt.code == 0 {
				if err != nil {
					t.Errorf("CheckInputRequests = %v, want nil", err)
				}
				return
			}
			if err == nil {
				t.Fatal("CheckInputRequests went well")
			}
			if e := mcp.Failure(err); e.Code != tt.code || string(e.Data) != tt.data {
				t.Errorf("CheckInputRequests = %v %s, want %d %s", e, e.Data, tt.code, tt.data)
			}
		})
	}
}
