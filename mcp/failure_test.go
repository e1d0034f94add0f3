package mcp_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/mcp"
)

func TestFailure(t *testing.T) {
	secret := errors.New("dial 10.0.0.7: refused")
	tests := []struct {
		name    string
		err     error
		code    int
		message string
	}{
		{"a failure of the protocol is itself", fmt.Errorf("call: %w", mcp.MethodNotFound("x")), mcp.CodeMethodNotFound, "Method not found: x"},
		{"what is not there is the params' fault", fault.New(fault.NotFound, "Unknown tool: x"), mcp.CodeInvalidParams, "Unknown tool: x"},
		{"what is denied reads the same", fault.New(fault.Denied, "Unknown tool: x"), mcp.CodeInvalidParams, "Unknown tool: x"},
		{"what is too large is no good request", fault.New(fault.TooLarge, "too large"), mcp.CodeInvalidRequest, "too large"},
		{"what is down may be tried again", fault.Wrap(secret, fault.Unavailable, "down"), mcp.CodeUnavailable, "down"},
		{"so may what took too long", fmt.Errorf("call: %w", context.DeadlineExceeded), mcp.CodeUnavailable, fault.Public(secret)},
		{"a defect says nothing of itself", secret, mcp.CodeInternal, fault.Public(secret)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mcp.Failure(tt.err)
			if e.Code != tt.code || e.Message != tt.message {
				t.Errorf("Failure = %d %q, want %d %q", e.Code, e.Message, tt.code, tt.message)
			}
		})
	}
}

func TestAFailureKeepsItsCauseForTheLog(t *testing.T) {
	cause := fault.Wrap(errors.New("dial"), fault.Unavailable, "down")
	e := mcp.Failure(cause)
	if !errors.Is(e, fault.Unavailable) || e.Error() != "-32000 down: down: dial" {
		t.Errorf("Failure = %v", e)
	}
}
