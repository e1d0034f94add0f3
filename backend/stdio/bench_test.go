//go:build !js

package stdio

import (
	"fmt"
	"os"
	"testing"
)

// BenchmarkLine is one request and its answer, with a child that does as
// little as it can.
func BenchmarkLine(b *testing.B) {
	d, err := New(Config{Command: os.Args[0], Env: childEnv("echo")})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	conn, err := d.Dial(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	id := 0
	b.ReportAllocs()
	for b.Loop() {
		id++
		if err := conn.Send(b.Context(), fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}`, id)); err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Receive(); err != nil {
			b.Fatal(err)
		}
	}
}
