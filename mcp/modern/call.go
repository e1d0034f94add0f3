package modern

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/identity"
	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
	"gatehouse/internal/late"
	"gatehouse/mcp"
)

// cacheable are the methods whose results say how long they may be kept.
var cacheable = map[string]bool{
	mcp.MethodDiscover:      true,
	mcp.MethodToolsList:     true,
	mcp.MethodPromptsList:   true,
	mcp.MethodResourcesList: true,
	mcp.MethodTemplatesList: true,
	mcp.MethodResourcesRead: true,
}

// asking are the methods whose results may ask the client for input.
var asking = map[string]bool{
	mcp.MethodToolsCall:     true,
	mcp.MethodPromptsGet:    true,
	mcp.MethodResourcesRead: true,
}

// call does a request and answers it.
func (h *Handler) call(x *exchange) error {
	a := &answer{
		w:         x.w,
		keepAlive: h.keepAlive(),
		client:    x.meta.Client,
		request:   mcp.Request{Method: x.m.Method, Params: x.m.Params},
		progress:  x.meta.ProgressToken,
		streams:   acceptsEvents(x.r),
	}
	a.request.Client = &a.client
	defer a.close()
	if a.streams {
		slow := &late.Alarm{Ring: a.slow}
		h.slow.Set(slow)
		defer h.slow.Stop(slow)
	}

	outcome, err := h.do(x, a)
	if scope, ok := errors.AsType[*identity.ScopeError](err); ok && a.abandon() {
		return scope
	}
	if err != nil {
		httpx.Note(x.r.Context(), err)
		e := failure(named(err, x))
		return a.end(status(e), mcp.AppendError(nil, x.m.ID, e))
	}
	return a.end(http.StatusOK, mcp.AppendOutcome(nil, x.m.ID, &outcome, h.finish(x.m.Method)))
}

// do asks the gateway, and holds its result to the rules of this revision.
func (h *Handler) do(x *exchange, a *answer) (mcp.Outcome, error) {
	var res mcp.Result
	var err error
	if x.m.Method == mcp.MethodDiscover {
		res, err = h.discover(x)
	} else {
		res, err = h.Gateway.Call(x.r.Context(), x.who, &a.request, a)
	}
	if err != nil {
		return mcp.Outcome{}, err
	}
	o, err := mcp.ReadOutcome(res.Raw)
	if err != nil || o.Type != mcp.ResultInputRequired {
		return o, err
	}
	if !asking[x.m.Method] {
		return o, &mcp.Error{Code: mcp.CodeInternal, Message: "The server asks for input where it cannot"}
	}
	if o.InputRequests == nil {
		return o, nil // it only wants to be called again, with its requestState
	}
	return o, mcp.CheckInputRequests(o.InputRequests, a.client.Capabilities)
}

// discover answers server/discover.
func (h *Handler) discover(x *exchange) (mcp.Result, error) {
	d, err := h.Gateway.Describe(x.r.Context(), x.who)
	if err != nil {
		return mcp.Result{}, err
	}
	if d.Capabilities == nil {
		d.Capabilities = jsontext.Value("{}")
	}
	raw, err := json.Marshal(struct {
		Revisions    []mcp.Revision `json:"supportedVersions"`
		Capabilities jsontext.Value `json:"capabilities"`
		Instructions string         `json:"instructions,omitempty"`
	}{mcp.Revisions(), d.Capabilities, d.Instructions})
	return mcp.Result{Raw: raw}, err
}

func (h *Handler) finish(method string) mcp.Finish {
	f := mcp.Finish{Info: h.Info, Cacheable: cacheable[method]}
	if method != mcp.MethodResourcesRead { // what a resource holds may change at any time
		f.TTL = h.TTL
	}
	return f
}

// named adds the URI of a resource that was not found to the failure, as this
// revision wants (resources, "Error Handling").
func named(err error, x *exchange) error {
	if x.m.Method != mcp.MethodResourcesRead {
		return err
	}
	e := mcp.Failure(err)
	if len(e.Data) > 0 || e.Code != mcp.CodeResourceNotFound && !errors.Is(err, fault.NotFound) {
		return err
	}
	data, quoteErr := json.Marshal(map[string]string{"uri": x.params.URI})
	if quoteErr != nil {
		return err
	}
	return &mcp.Error{Code: e.Code, Message: e.Message, Data: data, Err: err}
}

// acceptsEvents reports whether the client takes a stream for an answer.
func acceptsEvents(r *http.Request) bool {
	for _, accept := range r.Header["Accept"] {
		if strings.Contains(accept, "text/event-stream") || strings.Contains(accept, "*/*") || strings.Contains(accept, "text/*") {
			return true
		}
	}
	return false
}
