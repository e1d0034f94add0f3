package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/bench/addserver"
)

// modes are the servers that this binary can be.
var modes = map[string]func() http.Handler{
	"floor":         floor,
	"sdk-stateful":  func() http.Handler { return bareSDK(false) },
	"sdk-stateless": func() http.Handler { return bareSDK(true) },
}

func modeNames() string {
	return strings.Join(slices.Sorted(maps.Keys(modes)), ", ")
}

// serve is one of the servers until ctx ends.
func serve(ctx context.Context, mode, addr string) error {
	handler, ok := modes[mode]
	if !ok {
		return fmt.Errorf("mode %q: not one of %s", mode, modeNames())
	}
	server := &http.Server{Addr: addr, Handler: handler()}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// floorSum is the sum that the floor answers, whatever it is asked.
const floorSum = 3000000

// floor is the least that a server in Go can do: it reads the request and
// answers a constant.
func floor() http.Handler {
	answer := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"%d"}]}}`, floorSum)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	})
}

// bareSDK serves one tool over HTTP with the SDK's defaults and no
// authorization. Only its stateless form serves revision 2026-07-28.
func bareSDK(stateless bool) http.Handler {
	server := addserver.New()
	return mcp.NewStreamableHTTPHandler(
		func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: stateless},
	)
}
