package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

func TestWhatWaitsForACallIsBounded(t *testing.T) {
	box, large := newInbox(), jsontext.Value(`"`+strings.Repeat("x", 300<<10)+`"`)
	for i := range 100 {
		box.add(&mcp.Message{Method: fmt.Sprint("notifications/", i), Params: large})
	}
	box.add(&mcp.Message{ID: "1", Result: jsontext.Value(`{}`)})
	if waiting := box.take(); len(waiting) != 5 || !waiting[4].IsResponse() {
		t.Errorf("%d messages wait for a call", len(waiting))
	}
}
