package mcp

import (
	"context"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
)

// The codes of JSON-RPC 2.0, section 5.1, and of MCP.
const (
	CodeParse          = -32700
	CodeInvalidRequest = -32600
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603

	CodeResourceNotFound    = -32002 // legacy only; the modern revision says CodeInvalidParams
	CodeHeaderMismatch      = -32020
	CodeMissingCapability   = -32021
	CodeUnsupportedRevision = -32022

	CodeUnavailable = -32000 // try again later
)

// Error is a failure as JSON-RPC carries it. Message and Data are read by
// strangers; Err is for the operator's log.
type Error struct {
	Code    int            `json:"code"`
	Message string         `json:"message"`
	Data    jsontext.Value `json:"data,omitempty"`
	Err     error          `json:"-"`
}

func (e *Error) Error() string {
	s := strconv.Itoa(e.Code) + " " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"code":`...), int64(e.Code), 10)
	b = appendString(append(b, `,"message":`...), e.Message)
	if len(e.Data) > 0 {
		b = append(append(b, `,"data":`...), e.Data...)
	}
	return append(b, '}')
}

// Failure turns any error into the [Error] that a client gets. An error that
// is none already is shown by its kind alone.
func Failure(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	code := CodeInternal
	switch {
	case errors.Is(err, fault.NotFound), errors.Is(err, fault.Invalid), errors.Is(err, fault.Denied):
		code = CodeInvalidParams
	case errors.Is(err, fault.TooLarge):
		code = CodeInvalidRequest
	case errors.Is(err, fault.Unavailable), errors.Is(err, fault.TooMany), errors.Is(err, context.DeadlineExceeded):
		code = CodeUnavailable
	}
	return &Error{Code: code, Message: fault.Public(err), Err: err}
}

// MethodNotFound is the answer to a method that nobody here serves.
func MethodNotFound(method string) *Error {
	return &Error{Code: CodeMethodNotFound, Message: "Method not found: " + method}
}

// InvalidParams is the answer to params that a method cannot take.
func InvalidParams(message string) *Error {
	return &Error{Code: CodeInvalidParams, Message: message}
}

func unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
