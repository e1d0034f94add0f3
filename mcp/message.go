package mcp

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deeply the JSON of a message may nest, where nobody says
// otherwise.
const MaxDepth = 128

// Limits bound what is decoded.
type Limits struct {
	Depth int // of nesting
	Batch int // messages in one batch
}

// DefaultLimits are those of a host that says nothing else.
var DefaultLimits = Limits{Depth: MaxDepth, Batch: 32}

// ID is the id of a JSON-RPC request, as the JSON text of a string or a
// number. The empty ID stands for a notification.
type ID string

// Message is a JSON-RPC 2.0 envelope: a request, a notification or a response.
// Its raw members point into the bytes that it was decoded from.
type Message struct {
	ID     ID
	Method string
	Params jsontext.Value
	Result jsontext.Value
	Error  *Error
}

// IsRequest reports whether m wants an answer.
func (m *Message) IsRequest() bool { return m.Method != "" && m.ID != "" }

// IsNotification reports whether m is a call that wants no answer.
func (m *Message) IsNotification() bool { return m.Method != "" && m.ID == "" }

// IsResponse reports whether m answers a request.
func (m *Message) IsResponse() bool { return m.Method == "" }

// Answers reports whether m is the answer to the request with that id, however
// a number in it is written.
func (m *Message) Answers(id ID) bool {
	return m.IsResponse() && (m.ID == id || SameToken(jsontext.Value(m.ID), jsontext.Value(id)))
}

// Clone returns a message that stays good when the bytes do not that m was
// decoded from.
func (m *Message) Clone() Message {
	kept := *m
	kept.Params = slices.Clone(m.Params)
	kept.Result = slices.Clone(m.Result)
	return kept
}

// Decode reads one message. It is strict: names are case-sensitive, a name may
// stand only once in an object at any depth, nesting is bounded by [MaxDepth],
// and nothing may follow the value. It fails with an [*Error]: CodeParse for
// what is no JSON, CodeInvalidRequest for JSON that is no message.
func Decode(data []byte) (Message, error) {
	if tooDeep(data, MaxDepth) {
		return Message{}, errTooDeep
	}
	return decode(data)
}

var errTooDeep = &Error{Code: CodeParse, Message: "Parse error: nested too deeply"}

func decode(data []byte) (Message, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.reset(data)
	m, err := d.message()
	if err != nil {
		return m, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return m, &Error{Code: CodeParse, Message: "Parse error: something follows the message"}
	}
	return m, nil
}

// DecodeBatch reads a message, or an array of messages as JSON-RPC batches
// them. batch tells which it was. The batch must not be empty.
func DecodeBatch(data []byte, limits Limits) (messages []Message, batch bool, err error) {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	batch = len(trimmed) > 0 && trimmed[0] == '['
	if tooDeep(data, limits.Depth) {
		return nil, batch, errTooDeep
	}
	if !batch {
		m, err := decode(data)
		return []Message{m}, false, err
	}
	var parts []jsontext.Value
	if err := unmarshal(data, &parts); err != nil {
		return nil, true, parseError(err)
	}
	if len(parts) == 0 {
		return nil, true, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: the batch is empty"}
	}
	if len(parts) > limits.Batch {
		return nil, true, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: too many messages in one batch"}
	}
	for _, part := range parts {
		m, err := decode(part)
		if err != nil {
			return nil, true, err
		}
		messages = append(messages, m)
	}
	return messages, true, nil
}

// AppendRequest appends the JSON of a request, or of a notification if id is
// empty. Empty params are left out.
func AppendRequest(b []byte, id ID, method string, params jsontext.Value) []byte {
	b = append(b, `{"jsonrpc":"2.0"`...)
	if id != "" {
		b = append(append(b, `,"id":`...), id...)
	}
	b = append(b, `,"method":`...)
	b = appendString(b, method)
	if len(params) > 0 {
		b = append(append(b, `,"params":`...), params...)
	}
	return append(b, '}')
}

// AppendResult appends the JSON of a successful response.
func AppendResult(b []byte, id ID, result jsontext.Value) []byte {
	b = appendResponse(b, id)
	b = append(append(b, `,"result":`...), result...)
	return append(b, '}')
}

// AppendError appends the JSON of a failed response. An empty id becomes null.
func AppendError(b []byte, id ID, e *Error) []byte {
	b = appendResponse(b, id)
	b = append(b, `,"error":`...)
	b = e.append(b)
	return append(b, '}')
}

func appendResponse(b []byte, id ID) []byte {
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	if id == "" {
		return append(b, "null"...)
	}
	return append(b, id...)
}

func appendString(b []byte, s string) []byte {
	b, err := jsontext.AppendQuote(b, s)
	if err != nil { // invalid UTF-8, which AppendQuote has replaced
		return b
	}
	return b
}

// decoder is a pooled jsontext decoder with the buffer it reads.
type decoder struct {
	jsontext.Decoder
	buf bytes.Buffer
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func (d *decoder) reset(data []byte) {
	// A Decoder reads a bytes.Buffer in place, so the values it returns
	// point into data and stay good for as long as data does.
	d.buf = *bytes.NewBuffer(data)
	d.Reset(&d.buf)
}

func (d *decoder) release() {
	d.reset(nil)
	decoders.Put(d)
}

func (d *decoder) message() (m Message, err error) {
	if d.PeekKind() != '{' {
		if _, err := d.ReadValue(); err != nil {
			return m, parseError(err)
		}
		return m, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: not an object"}
	}
	if _, err := d.ReadToken(); err != nil {
		return m, parseError(err)
	}
	var version, sawID bool
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return m, parseError(err)
		}
		member := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return m, parseError(err)
		}
		switch member {
		case "jsonrpc":
			version = string(value) == `"2.0"`
		case "id":
			sawID = true
			if k := value.Kind(); k == '"' || k == '0' {
				m.ID = ID(value)
			} else if k != 'n' {
				return m, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: id must be a string or a number"}
			}
		case "method":
			if m.Method, err = unquote(value); err != nil {
				return m, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: method must be a string"}
			}
		case "params":
			if k := value.Kind(); k != '{' && k != '[' && k != 'n' {
				return m, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: params must be an object"}
			} else if k != 'n' {
				m.Params = value
			}
		case "result":
			m.Result = value
		case "error":
			m.Error = new(Error)
			if err := unmarshal(value, m.Error); err != nil {
				return m, &Error{Code: CodeInvalidRequest, Message: "Invalid Request: error is malformed"}
			}
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return m, parseError(err)
	}
	return m, m.check(version, sawID)
}

// check holds the members of m to the rules of JSON-RPC 2.0, sections 4 and 5.
func (m *Message) check(version, sawID bool) error {
	answers := m.Result != nil || m.Error != nil
	switch {
	case !version:
		return &Error{Code: CodeInvalidRequest, Message: `Invalid Request: jsonrpc must be "2.0"`}
	case m.Method == "" && !answers:
		return &Error{Code: CodeInvalidRequest, Message: "Invalid Request: no method"}
	case m.Method != "" && answers:
		return &Error{Code: CodeInvalidRequest, Message: "Invalid Request: both a call and an answer"}
	case m.Result != nil && m.Error != nil:
		return &Error{Code: CodeInvalidRequest, Message: "Invalid Request: both a result and an error"}
	case m.Method != "" && sawID && m.ID == "":
		return &Error{Code: CodeInvalidRequest, Message: "Invalid Request: id must not be null"}
	}
	return nil
}

// errNotString is made once: many ask for a member that is nearly never there.
var errNotString = errors.New("not a string")

func unquote(value jsontext.Value) (string, error) {
	if value.Kind() != '"' {
		return "", errNotString
	}
	if s := value[1 : len(value)-1]; bytes.IndexByte(s, '\\') < 0 {
		return string(s), nil
	}
	s, err := jsontext.AppendUnquote(nil, value)
	return string(s), err
}

func parseError(err error) *Error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return &Error{Code: CodeParse, Message: "Parse error: a name stands twice in one object", Err: err}
	}
	return &Error{Code: CodeParse, Message: "Parse error: not JSON", Err: err}
}

// tooDeep reports whether brackets in data nest deeper than most.
func tooDeep(data []byte, most int) bool {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			if depth++; depth > most {
				return true
			}
		case '}', ']':
			depth--
		case '"':
			i = skipString(data, i) - 1
		}
	}
	return false
}
