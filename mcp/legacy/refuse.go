package legacy

import (
	"net/http"

	"gatehouse/internal/httpx"
	"gatehouse/mcp"
)

// codeNoSession is what the SDKs say with the 404 of a session that is gone.
const codeNoSession = -32001

// refuse answers a POST, or any other request, that is not carried out.
func refuse(w http.ResponseWriter, r *http.Request, status int, id mcp.ID, e *mcp.Error) error {
	if e.Err != nil {
		httpx.Note(r.Context(), e)
	}
	return httpx.WriteRaw(w, status, mcp.AppendError(nil, id, e))
}

// refusal is why a request is not carried out, as HTTP and JSON-RPC say it.
type refusal struct {
	status int
	err    *mcp.Error
}

var noSession = &refusal{http.StatusNotFound, &mcp.Error{Code: codeNoSession,
	Message: "Session not found. Open a new one with initialize."}}

func (f *refusal) write(w http.ResponseWriter, r *http.Request, id mcp.ID) error {
	return refuse(w, r, f.status, id, f.err)
}
