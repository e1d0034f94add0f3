package gosdk

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"gatehouse/mcp"
)

// fromSDK turns a failure of the SDK into ours. As on the SDK's own wire, the
// outermost text goes with the innermost code.
func fromSDK(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	ours := &mcp.Error{Code: mcp.CodeInternal, Message: err.Error()}
	if e, ok := errors.AsType[*jsonrpc.Error](err); ok {
		if e.Code != 0 {
			ours.Code = int(e.Code)
		}
		ours.Data = jsontext.Value(e.Data)
	}
	return ours
}

// toSDK turns what a client was asked and refused into the SDK's error.
func toSDK(err error) error {
	e := mcp.Failure(err)
	return &jsonrpc.Error{Code: int64(e.Code), Message: e.Message, Data: []byte(e.Data)}
}
