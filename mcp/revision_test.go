package mcp_test

import (
	"testing"

	"gatehouse/mcp"
)

func TestNegotiate(t *testing.T) {
	tests := []struct {
		name        string
		asked, want mcp.Revision
	}{
		{"an old revision is spoken", mcp.R20241105, mcp.R20241105},
		{"the newest with initialize is spoken", mcp.R20251125, mcp.R20251125},
		{"a modern one has no initialize", mcp.R20260728, mcp.R20251125},
		{"one that nobody knows", "1999-01-01", mcp.R20251125},
		{"none", "", mcp.R20251125},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mcp.Negotiate(tt.asked); got != tt.want {
				t.Errorf("Negotiate(%q) = %q, want %q", tt.asked, got, tt.want)
			}
		})
	}
}

func TestRevisionsAreTheCallersToChange(t *testing.T) {
	mcp.Revisions()[0] = "x"
	if got := mcp.Revisions()[0]; got != mcp.R20260728 || !got.Known() || !got.Modern() {
		t.Errorf("the newest revision is %q", got)
	}
}
