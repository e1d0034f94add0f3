package legacy

import (
	"errors"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/mcp"
	"gatehouse/mcp/session"
)

// What a session may hold of its client. A client's description can carry
// pictures, which nobody here looks at.
const (
	maxInfo         = 4 << 10
	maxCapabilities = 8 << 10
)

// initialize opens a session and answers with what the server is.
func (h *Handler) initialize(w http.ResponseWriter, r *http.Request, accept accepts, who identity.Principal, m *mcp.Message) error {
	client, err := clientOf(m.Params)
	if err != nil {
		return refuse(w, r, http.StatusOK, m.ID, mcp.Failure(err))
	}
	about, err := h.Gateway.Describe(r.Context(), who)
	if _, ok := errors.AsType[*identity.ScopeError](err); ok {
		return err
	}
	if err != nil {
		return refuse(w, r, httpx.Status(err), m.ID, mcp.Failure(err))
	}
	of, err := h.Sessions.Create(r.Context(), session.Record{
		Subject:      who.Subject,
		Resource:     who.Resource,
		Revision:     client.Revision,
		Info:         client.Info,
		Capabilities: client.Capabilities,
		LogLevel:     firstLevel,
	})
	if err != nil {
		return refuse(w, r, httpx.Status(err), m.ID, mcp.Failure(err))
	}
	c := h.conn(of)
	c.extend(who)
	w.Header().Set(mcp.HeaderSession, of.ID())
	a := &answer{h: h, c: c, w: w, accept: accept}
	return a.end(mcp.AppendResult(nil, m.ID, welcome(client.Revision, about)))
}

// clientOf reads the params of initialize. What it returns is a copy.
func clientOf(params jsontext.Value) (mcp.Client, error) {
	asked := mcp.StringMember(params, "protocolVersion")
	if asked == "" {
		return mcp.Client{}, mcp.InvalidParams("initialize needs protocolVersion")
	}
	c := mcp.Client{
		Revision:     mcp.Negotiate(mcp.Revision(asked)),
		Info:         slices.Clone(mcp.Member(params, "clientInfo")),
		Capabilities: slices.Clone(mcp.Member(params, "capabilities")),
	}
	if c.Info != nil && c.Info.Kind() != '{' || c.Capabilities != nil && c.Capabilities.Kind() != '{' {
		return mcp.Client{}, mcp.InvalidParams("clientInfo and capabilities must be objects")
	}
	if len(c.Info) > maxInfo {
		c.Info = shortInfo(c.Info)
	}
	if len(c.Info) > maxInfo || len(c.Capabilities) > maxCapabilities {
		return mcp.Client{}, fault.New(fault.TooLarge, "clientInfo or capabilities are too large")
	}
	return c, nil
}

// shortInfo is a client's description without what is not text for people.
func shortInfo(info jsontext.Value) jsontext.Value {
	short := jsontext.Value(`{}`)
	for _, name := range []string{"name", "title", "version"} {
		if value := mcp.Member(info, name); value != nil {
			short = mcp.WithMember(short, name, value)
		}
	}
	return short
}

// welcome is the result of initialize.
func welcome(revision mcp.Revision, about mcp.Description) jsontext.Value {
	b, err := json.Marshal(struct {
		Revision     mcp.Revision   `json:"protocolVersion"`
		Capabilities jsontext.Value `json:"capabilities"`
		Info         jsontext.Value `json:"serverInfo"`
		Instructions string         `json:"instructions,omitzero"`
	}{revision, orEmpty(about.Capabilities), orEmpty(about.Info), about.Instructions})
	if err != nil { // a backend's raw JSON is none
		return jsontext.Value(`{}`)
	}
	return b
}

func orEmpty(object jsontext.Value) jsontext.Value {
	if len(object) == 0 {
		return jsontext.Value(`{}`)
	}
	return object
}
