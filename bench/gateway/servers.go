package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

// serve is one of the servers that this binary can be, until ctx ends.
func serve(ctx context.Context, mode, addr string) error {
	server := &http.Server{Addr: addr}
	switch mode {
	case "lines":
		return lines(os.Stdin, os.Stdout)
	case "upstream":
		u := new(upstream)
		server.Handler, server.ConnState = u, u.count
	case "reverse-proxy":
		to, err := url.Parse(os.Getenv("UPSTREAM"))
		if err != nil {
			return err
		}
		server.Handler = reverseProxy(to)
	default:
		return fmt.Errorf("mode %q: none of upstream, lines and reverse-proxy", mode)
	}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reverseProxy is what the standard library has: it copies, and looks at
// nothing. Its pool keeps as many connections as there are callers, which the
// default does not.
func reverseProxy(to *url.URL) http.Handler {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1000
	transport.MaxIdleConns = 0
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.URL.Path = to.Scheme, to.Host, to.Path
		},
	}
}
