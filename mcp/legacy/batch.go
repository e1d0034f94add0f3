package legacy

import (
	"bytes"
	"net/http"
	"sync"

	"gatehouse/identity"
	"gatehouse/mcp"
)

// checkBatch holds a batch to the rules. Batches came with 2025-03-26 and went
// with 2025-06-18; the revision before lets JSON-RPC have them.
func checkBatch(revision mcp.Revision, msgs []mcp.Message) *refusal {
	message := ""
	if revision >= mcp.R20250618 {
		message = "This revision of the protocol has no batches"
	}
	for i := range msgs {
		if msgs[i].Method == mcp.MethodInitialize {
			message = "initialize must not be part of a batch"
		}
	}
	if message == "" {
		return nil
	}
	return &refusal{http.StatusBadRequest, &mcp.Error{Code: mcp.CodeInvalidRequest, Message: message}}
}

// batch carries out the requests of a batch side by side, and answers them in
// one array or on one stream.
func (h *Handler) batch(w http.ResponseWriter, r *http.Request, accept accepts, c *conn, who identity.Principal, msgs []mcp.Message) error {
	a := &answer{h: h, c: c, w: w, accept: accept}
	var calls sync.WaitGroup
	for i := range msgs {
		m := &msgs[i]
		if !m.IsRequest() {
			h.take(r.Context(), c, who, m)
			continue
		}
		calls.Go(func() {
			message, _ := h.do(r.Context(), c, who, m, a)
			a.result(message)
		})
	}
	calls.Wait()
	return a.end(nil)
}

// array is the JSON of a batch of messages.
func array(messages [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(messages, []byte{','})...), ']')
}
