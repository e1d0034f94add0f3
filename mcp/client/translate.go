package client

import (
	"bytes"
	"context"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/mcp"
)

// translate returns params as the server's era has them. What the host does
// not know stays as it is.
func (ss *session) translate(client *mcp.Client, params jsontext.Value) jsontext.Value {
	switch {
	case ss.modern && client.Revision.Modern() && client.Revision == ss.about.Revision && saysRevision(params):
		return params
	case ss.modern:
		return newer(client, params, ss.about.Revision)
	default:
		return mcp.Older(params)
	}
}

// saysRevision reports whether params look like those of a modern request. The
// edge has checked those that come from a client.
func saysRevision(params jsontext.Value) bool {
	return bytes.Contains(params, []byte(mcp.MetaRevision))
}

// newer returns params as a modern client would send them: with what a legacy
// client has said once, in initialize.
func newer(client *mcp.Client, params jsontext.Value, revision mcp.Revision) jsontext.Value {
	meta := mcp.Member(params, "_meta")
	meta = mcp.WithMember(meta, mcp.MetaRevision, quote(string(revision)))
	meta = mcp.WithMember(meta, mcp.MetaCapabilities, orEmpty(client.Capabilities))
	if len(client.Info) > 0 {
		meta = mcp.WithMember(meta, mcp.MetaClientInfo, client.Info)
	}
	if client.LogLevel != "" {
		meta = mcp.WithMember(meta, mcp.MetaLogLevel, quote(client.LogLevel))
	}
	return mcp.WithMember(params, "_meta", meta)
}

// names returns what a modern request says in its headers: what it is done to,
// and the arguments of a tool that the tool wants there.
func (s *Server) names(ctx context.Context, req *mcp.Request) (name string, args http.Header) {
	switch req.Method {
	case mcp.MethodToolsCall:
		name = mcp.StringMember(req.Params, "name")
		o, err := s.Offer(ctx)
		if err != nil {
			return name, nil
		}
		return name, arguments(o.Headers(name), req.Params)
	case mcp.MethodPromptsGet:
		return mcp.StringMember(req.Params, "name"), nil
	case mcp.MethodResourcesRead:
		return mcp.StringMember(req.Params, "uri"), nil
	case mcp.MethodTasksGet, mcp.MethodTasksUpdate, mcp.MethodTasksCancel:
		return mcp.StringMember(req.Params, "taskId"), nil
	}
	return "", nil
}

// arguments returns those arguments of a tool that headers repeat, or nil if
// there are none.
func arguments(headers []mcp.ParamHeader, params jsontext.Value) http.Header {
	var args http.Header
	for _, h := range headers {
		if value, ok := argument(h, params); ok {
			if args == nil {
				args = make(http.Header, len(headers))
			}
			args[h.Header] = []string{value}
		}
	}
	return args
}

// argument returns what a header says that repeats an argument, and whether
// there is anything to say.
func argument(h mcp.ParamHeader, params jsontext.Value) (string, bool) {
	value := mcp.Member(params, "arguments")
	for _, name := range h.Path {
		value = mcp.Member(value, name)
	}
	switch value.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, value)
		return mcp.EncodeHeader(string(text)), err == nil
	case 't', 'f', '0':
		return string(value), true
	}
	return "", false
}

func quote(text string) jsontext.Value {
	b, _ := jsontext.AppendQuote(nil, text) // invalid UTF-8 is replaced
	return b
}
