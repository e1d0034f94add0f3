// Command upstream serves the fixture of the conformance suite alone, on the
// official SDK, as a server that somebody puts behind a gateway:
//
//	upstream                        over stdin and stdout
//	upstream -http 127.0.0.1:0      over HTTP at /mcp, in every revision
//	… -revision 2025-06-18          in this revision and no other
//
// What it serves in one revision behaves as a server from the days of that
// revision: it knows no later one. 2024-11-05 is served at /sse.
package main

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

	"gatehouse/conformance/fixture"
	"gatehouse/mcp"
)

func main() {
	addr := flag.String("http", "", "where to listen; stdin and stdout if empty")
	revision := flag.String("revision", "", "the only revision to serve")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, mcp.Revision(*revision)); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "upstream:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string, revision mcp.Revision) error {
	if revision != "" && !revision.Known() {
		return fmt.Errorf("there is no revision %s", revision)
	}
	server := fixture.Server()
	if addr == "" {
		return server.Run(ctx, &sdk.StdioTransport{})
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening on", l.Addr())
	serving := &http.Server{Handler: handler(server, revision)}
	context.AfterFunc(ctx, func() { serving.Close() })
	if err := serving.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
