package doctor

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"gatehouse/mcp"
)

// firstAnswer reads a stream of server-sent events up to the first JSON-RPC
// response and returns that. Notifications that come before it are passed
// over, and a stream that stays open after it is not waited for.
func firstAnswer(stream io.Reader) ([]byte, error) {
	lines := bufio.NewScanner(io.LimitReader(stream, maxBody))
	lines.Buffer(make([]byte, 0, 4096), maxBody)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			data = append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
			continue
		}
		if len(line) != 0 {
			continue
		}
		if m, err := mcp.Decode(data); err == nil && m.IsResponse() {
			return data, nil
		}
		data = nil
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the stream of events ends without an answer")
}
