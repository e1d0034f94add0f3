// Package upstream serves a server of the official SDK alone, as one that
// somebody puts behind a gateway:
//
//	COMMAND                        over stdin and stdout
//	COMMAND -http 127.0.0.1:0      over HTTP at /mcp, in every revision
//	… -revision 2025-06-18         in this revision and no other
//
// What it serves in one revision behaves as a server from the days of that
// revision: it knows no later one. 2024-11-05 is served at /sse.
package upstream

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"gatehouse/mcp"
)

// Main is the main of a command that serves a server.
func Main(s *sdk.Server) {
	addr := flag.String("http", "", "where to listen; stdin and stdout if empty")
	revision := flag.String("revision", "", "the only revision to serve")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, s, *addr, mcp.Revision(*revision)); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, s *sdk.Server, addr string, revision mcp.Revision) error {
	if revision != "" && !revision.Known() {
		return fmt.Errorf("there is no revision %s", revision)
	}
	if addr == "" {
		return s.Run(ctx, &sdk.StdioTransport{})
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening on", l.Addr())
	serving := &http.Server{Handler: Handler(s, revision)}
	context.AfterFunc(ctx, func() { serving.Close() })
	if err := serving.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
