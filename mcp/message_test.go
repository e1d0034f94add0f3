package mcp_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name, text string
		want       mcp.Message
		kind       string
	}{
		{"a request", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":[1]}}`,
			mcp.Message{ID: "1", Method: "tools/list", Params: jsontext.Value(`{"a":[1]}`)}, "request"},
		{"the id of a request may be a string", `{"jsonrpc":"2.0","id":"a\"b","method":"ping"}`,
			mcp.Message{ID: `"a\"b"`, Method: "ping"}, "request"},
		{"null params are none", `{"jsonrpc":"2.0","id":1,"method":"ping","params":null}`,
			mcp.Message{ID: "1", Method: "ping"}, "request"},
		{"a notification has no id", ` {"method":"notifications/initialized","jsonrpc":"2.0"} `,
			mcp.Message{Method: "notifications/initialized"}, "notification"},
		{"a method may be escaped", `{"jsonrpc":"2.0","id":1,"method":"p\u0069ng"}`,
			mcp.Message{ID: "1", Method: "ping"}, "request"},
		{"a name may be escaped", `{"jsonrpc":"2.0","id":1,"m\u0065thod":"ping"}`,
			mcp.Message{ID: "1", Method: "ping"}, "request"},
		{"a response", `{"jsonrpc":"2.0","id":1,"result":{}}`,
			mcp.Message{ID: "1", Result: jsontext.Value(`{}`)}, "response"},
		{"members that nobody knows do not matter", `{"jsonrpc":"2.0","id":1,"method":"ping","x":{"y":1}}`,
			mcp.Message{ID: "1", Method: "ping"}, "request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := mcp.Decode([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if m.ID != tt.want.ID || m.Method != tt.want.Method || !bytes.Equal(m.Params, tt.want.Params) || !bytes.Equal(m.Result, tt.want.Result) {
				t.Errorf("Decode = %+v, want %+v", m, tt.want)
			}
			if got := kind(&m); got != tt.kind {
				t.Errorf("it is a %s, want a %s", got, tt.kind)
			}
		})
	}
}

func kind(m *mcp.Message) string {
	switch {
	case m.IsRequest():
		return "request"
	case m.IsNotification():
		return "notification"
	case m.IsResponse():
		return "response"
	}
	return "nothing"
}

func TestDecodeOfAFailure(t *testing.T) {
	m, err := mcp.Decode([]byte(`{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":{"a":1}}}`))
	if err != nil || m.Error == nil || m.Error.Code != mcp.CodeMethodNotFound || m.Error.Message != "no" || string(m.Error.Data) != `{"a":1}` {
		t.Errorf("Decode = %+v, %v", m.Error, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	tests := []struct {
		name, text string
		code       int
	}{
		{"nothing", ``, mcp.CodeParse},
		{"half of it", `{"jsonrpc":"2.0","id":1,"method":"pi`, mcp.CodeParse},
		{"what is no UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", mcp.CodeParse},
		{"something behind it", `{"jsonrpc":"2.0","id":1,"method":"ping"}{}`, mcp.CodeParse},
		{"a name that stands twice", `{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}`, mcp.CodeParse},
		{"a name that stands twice, once escaped", `{"jsonrpc":"2.0","id":1,"method":"a","metho\u0064":"b"}`, mcp.CodeParse},
		{"a name that stands twice further in", `{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"ok","name":"denied"}}`, mcp.CodeParse},
		{"too many brackets", `{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":` + deep + `}}`, mcp.CodeParse},
		{"an array", `[]`, mcp.CodeInvalidRequest},
		{"a string", `"a"`, mcp.CodeInvalidRequest},
		{"another version", `{"jsonrpc":"1.0","id":1,"method":"a"}`, mcp.CodeInvalidRequest},
		{"no version", `{"id":1,"method":"a"}`, mcp.CodeInvalidRequest},
		{"a name in other letters", `{"jsonrpc":"2.0","id":1,"Method":"a"}`, mcp.CodeInvalidRequest},
		{"a request whose id is null", `{"jsonrpc":"2.0","id":null,"method":"a"}`, mcp.CodeInvalidRequest},
		{"an id that is an object", `{"jsonrpc":"2.0","id":{},"method":"a"}`, mcp.CodeInvalidRequest},
		{"a method that is a number", `{"jsonrpc":"2.0","id":1,"method":1}`, mcp.CodeInvalidRequest},
		{"params that are a string", `{"jsonrpc":"2.0","id":1,"method":"a","params":"b"}`, mcp.CodeInvalidRequest},
		{"a call that is an answer too", `{"jsonrpc":"2.0","id":1,"method":"a","result":{}}`, mcp.CodeInvalidRequest},
		{"an answer that went both ways", `{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}`, mcp.CodeInvalidRequest},
		{"a failure of a wrong kind", `{"jsonrpc":"2.0","id":1,"error":"no"}`, mcp.CodeInvalidRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := mcp.Decode([]byte(tt.text))
			if err == nil {
				t.Fatalf("Decode = %+v", m)
			}
			if got := mcp.Failure(err).Code; got != tt.code {
				t.Errorf("Decode = %v, want %d", err, tt.code)
			}
		})
	}
}

func TestDecodeStaysStrict(t *testing.T) {
	for range 100 { // the decoders are shared with readers that need not be
		mcp.Member(jsontext.Value(`{"a":1,"b":2}`), "b")
		if _, err := mcp.Decode([]byte(`{"jsonrpc":"2.0","id":1,"method":"a","params":{"b":1,"b":2}}`)); err == nil {
			t.Fatal("a name that stands twice was taken")
		}
	}
}

func TestBracketsInStringsDoNotNest(t *testing.T) {
	text := `{"jsonrpc":"2.0","id":1,"method":"a","params":{"s":"\"` + strings.Repeat("[", 1000) + `"}}`
	if _, err := mcp.Decode([]byte(text)); err != nil {
		t.Error(err)
	}
}

func TestDecodeBatch(t *testing.T) {
	const one = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	tests := []struct {
		name, text string
		count      int
		batch      bool
		code       int
	}{
		{"a message is no batch", one, 1, false, 0},
		{"a batch of one", "\r\n\t [" + one + "]", 1, true, 0},
		{"a batch of two", `[` + one + `,` + one + `]`, 2, true, 0},
		{"an empty batch", `[]`, 0, true, mcp.CodeInvalidRequest},
		{"too many messages", `[` + one + `,` + one + `,` + one + `,` + one + `]`, 0, true, mcp.CodeInvalidRequest},
		{"one of them is none", `[` + one + `,1]`, 0, true, mcp.CodeInvalidRequest},
		{"half of it", `[` + one, 0, true, mcp.CodeParse},
		{"a batch in a batch", `[[` + one + `]]`, 0, true, mcp.CodeInvalidRequest},
		{"nothing", ``, 0, false, mcp.CodeParse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			messages, batch, err := mcp.DecodeBatch([]byte(tt.text), mcp.Limits{Depth: mcp.MaxDepth, Batch: 3})
			if batch != tt.batch {
				t.Errorf("batch = %v, want %v", batch, tt.batch)
			}
			if tt.code != 0 {
				if err == nil || mcp.Failure(err).Code != tt.code {
					t.Errorf("DecodeBatch = %v, want %d", err, tt.code)
				}
				return
			}
			if err != nil || len(messages) != tt.count {
				t.Errorf("DecodeBatch = %d messages, %v; want %d", len(messages), err, tt.count)
			}
		})
	}
}

func TestAppend(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"a request", string(mcp.AppendRequest(nil, "1", "a", jsontext.Value(`{}`))), `{"jsonrpc":"2.0","id":1,"method":"a","params":{}}`},
		{"a notification without params", string(mcp.AppendRequest(nil, "", "a", nil)), `{"jsonrpc":"2.0","method":"a"}`},
		{"a result", string(mcp.AppendResult(nil, `"x"`, jsontext.Value(`{}`))), `{"jsonrpc":"2.0","id":"x","result":{}}`},
		{"a failure of nobody knows which request", string(mcp.AppendError(nil, "", &mcp.Error{Code: -32700, Message: "a\"b"})), `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"a\"b"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %s, want %s", tt.got, tt.want)
			}
		})
	}
}

var corpus = []string{
	`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}`,
	`{"jsonrpc":"2.0","id":"a\u0000","result":{"content":[]}}`,
	`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error","data":[1]}}`,
	`{"jsonrpc":"2.0","m\u0065thod":"notifications/cancelled"}`,
	` [1e400] `,
}

// FuzzDecode holds Decode to another reader of JSON, and to itself: what it
// takes can be written and read again.
func FuzzDecode(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := mcp.Decode(text)
		if err != nil {
			if code := mcp.Failure(err).Code; code != mcp.CodeParse && code != mcp.CodeInvalidRequest {
				t.Errorf("Decode(%q) = %v", text, err)
			}
			return
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatalf("Decode took %q, but %v", text, err)
		}
		var method string
		if members["method"] != nil {
			if err := json.Unmarshal(members["method"], &method); err != nil || method != m.Method {
				t.Errorf("the method of %q is %q, %v", text, m.Method, err)
			}
		}
		if m.Params != nil && !bytes.Equal(m.Params, members["params"]) {
			t.Errorf("the params of %q are %q", text, m.Params)
		}
		again, err := mcp.Decode(encode(&m))
		if err != nil || again.ID != m.ID || again.Method != m.Method || !bytes.Equal(again.Params, m.Params) || !bytes.Equal(again.Result, m.Result) {
			t.Errorf("%q became %+v, %v", text, again, err)
		}
	})
}

func encode(m *mcp.Message) []byte {
	switch {
	case m.Method != "":
		return mcp.AppendRequest(nil, m.ID, m.Method, m.Params)
	case m.Error != nil:
		return mcp.AppendError(nil, m.ID, m.Error)
	default:
		return mcp.AppendResult(nil, m.ID, m.Result)
	}
}

// FuzzDecodeBatch checks that a batch is what its messages are alone.
func FuzzDecodeBatch(f *testing.F) {
	for _, text := range corpus {
		f.Add([]byte(text))
		f.Add([]byte("[" + text + "," + text + "]"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		messages, batch, err := mcp.DecodeBatch(text, mcp.Limits{Depth: mcp.MaxDepth, Batch: 4})
		if err != nil {
			return
		}
		if len(messages) == 0 || len(messages) > 4 || !batch && len(messages) != 1 {
			t.Fatalf("DecodeBatch(%q) = %d messages, batch %v", text, len(messages), batch)
		}
		for _, m := range messages {
			if kind(&m) == "nothing" {
				t.Errorf("%q holds %+v", text, m)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mcp.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOutcome(b *testing.B) {
	raw := jsontext.Value(`{"content":[{"type":"text","text":"{\"sum\":3}"}],"structuredContent":{"sum":3}}`)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		o, err := mcp.ReadOutcome(raw)
		if err != nil {
			b.Fatal(err)
		}
		buf = o.Append(buf[:0], called)
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    mcp.Message
		id   mcp.ID
		want bool
	}{
		{"the same id", mcp.Message{ID: "7"}, "7", true},
		{"a number that is written otherwise", mcp.Message{ID: "7.0"}, "7", true},
		{"a string with the same digits", mcp.Message{ID: `"7"`}, "7", false},
		{"another id", mcp.Message{ID: "8"}, "7", false},
		{"a request with that id", mcp.Message{ID: "7", Method: "ping"}, "7", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.m.Answers(tt.id); got != tt.want {
				t.Errorf("Answers(%s) = %v, want %v", tt.id, got, tt.want)
			}
		})
	}
}

func TestACloneStaysGood(t *testing.T) {
	text := []byte(`{"jsonrpc":"2.0","id":7,"method":"m","params":{"a":1}}`)
	m, err := mcp.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	kept := m.Clone()
	clear(text)
	if kept.ID != "7" || kept.Method != "m" || string(kept.Params) != `{"a":1}` {
		t.Errorf("kept %+v", kept)
	}
}
