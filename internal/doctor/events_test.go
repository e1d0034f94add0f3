package doctor

import (
	"strings"
	"testing"

	"gatehouse/mcp"
)

func TestFirstAnswer(t *testing.T) {
	const result = `{"jsonrpc":"2.0","id":1,"result":{}}`
	for _, tt := range []struct {
		name, stream, want string
		fails              bool
	}{
		{"one event", "data: " + result + "\n\n", result, false},
		{"no blank behind the colon", "data:" + result + "\n\n", result, false},
		{"lines that end as on Windows", "event: message\r\ndata: " + result + "\r\n\r\n", result, false},
		{"an answer on two lines", "data: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1,\"result\":{}}\n\n", "{\"jsonrpc\":\"2.0\",\n\"id\":1,\"result\":{}}", false},
		{"comments and a priming event go before", ": hello\n\nid: 1\ndata:\n\ndata: " + result + "\n\n", result, false},
		{"a notification goes before", "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\ndata: " + result + "\n\n", result, false},
		{"an event that never ends", "data: " + result + "\n", "", true},
		{"something that is not JSON", "data: hello\n\n", "", true},
		{"nothing", "", "", true},
		{"a line that does not end", "data: " + strings.Repeat("x", 2*maxBody), "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := firstAnswer(strings.NewReader(tt.stream))
			if (err != nil) != tt.fails || strings.TrimSpace(string(got)) != tt.want {
				t.Errorf("firstAnswer = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func FuzzFirstAnswer(f *testing.F) {
	f.Add("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
	f.Add(": x\r\n\r\ndata:{\ndata:}\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		got, err := firstAnswer(strings.NewReader(stream))
		if err != nil {
			return
		}
		if m, err := mcp.Decode(got); err != nil || !m.IsResponse() {
			t.Errorf("firstAnswer = %q, which is no response: %v", got, err)
		}
	})
}
