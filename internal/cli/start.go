//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"gatehouse/host"
	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
)

// graceful is how long calls in flight may take to finish when the process is
// told to end.
const graceful = 25 * time.Second

// start listens, opens the data folder, and serves until ctx ends. Then calls
// in flight finish, streams end cleanly, and everything is written down.
func (p *program) start(ctx context.Context, from source) (err error) {
	changes := &reloader{from: from}
	c, err := changes.first()
	p.notes(c)
	if err != nil {
		return from.refuse(err)
	}
	log := p.logger(c.Log)
	slog.SetDefault(log) // tools of users log there
	defer tune(int64(c.Memory), p.getenv)()

	// The port comes first: if another one has it, its data are not touched.
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("%w; is another gatehouse running? choose another --addr", err)
	}
	defer listener.Close()
	d, err := openData(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if len(c.URLs) == 0 {
		c.URLs = devURLs(listener.Addr())
	}
	changes.backends, changes.log = p.backends(log), log
	h, err := p.build(c, d, changes, log)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      10 * time.Minute, // streams lift it for themselves
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    int(c.Limits.Headers),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	p.greet(c, listener.Addr(), from)
	defer alongside(ctx,
		func(ctx context.Context) { sweep(ctx, d.kv, log) },
		func(ctx context.Context) { tell(ctx, d.kv, h.Backends) },
		changes.run,
	)()
	return serveUntil(ctx, secure(c, server, log), listener, h)
}

// alongside runs what goes on while the server serves. The function it returns
// ends that, and waits for it.
func alongside(ctx context.Context, all ...func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, f := range all {
		running.Go(func() { f(ctx) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// build puts the parts together.
func (p *program) build(c config.Config, d *data, changes *reloader, log *slog.Logger) (*host.Host, error) {
	dev := changes.from.dev
	settings, err := assemble.Settings(c, dev)
	if err != nil {
		return nil, err
	}
	mounted, err := changes.backends.Open(c)
	if err != nil {
		return nil, err
	}
	parts := host.Parts{
		Store:     d.kv,
		Mounts:    mounted.Mounts,
		ScopeText: mounted.ScopeText,
		Keys:      d.keys,
		Audit:     d.audit,
		Providers: assemble.Providers(c.Login, dev, d.people, nil),
		Active:    d.people.Active,
		Log:       log,
		Version:   Version,
	}
	h, err := host.New(settings, parts)
	if err != nil {
		return nil, err
	}
	changes.mount = h.SetMounts
	return h, nil
}

// serveUntil serves until ctx ends, and then lets what runs finish.
func serveUntil(ctx context.Context, s server, l net.Listener, h *host.Host) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return errors.Join(err, h.Close())
	case <-ctx.Done():
	}
	h.EndStreams()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	err := s.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(errors.New("some calls did not finish in time and were cut"), s.Close())
	}
	return errors.Join(err, h.Close())
}

func (p *program) logger(c config.Log) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.Level)) // checked by config
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}

// greet says where the server is and how to use it.
func (p *program) greet(c config.Config, at net.Addr, from source) {
	fmt.Fprintf(p.stdout, "listening on %s\n\n", at)
	for _, u := range c.URLs {
		fmt.Fprintf(p.stdout, "  Endpoint   %s/mcp   (older clients: %s/sse)\n", u, u)
	}
	fmt.Fprintf(p.stdout, "  Home page  %s/\n", c.URLs[0])
	fmt.Fprintf(p.stdout, "  Data       %s\n", whole(c.Data))
	if exists(from.file) {
		fmt.Fprintf(p.stdout, "  Settings   %s\n", whole(from.file))
	}
	if from.dev {
		fmt.Fprintf(p.stdout, "  Login      any name and password (development only)\n\n")
		fmt.Fprintf(p.stdout, "  Try it     npx @modelcontextprotocol/inspector@2 --transport http --server-url %s/mcp\n", c.URLs[0])
		fmt.Fprintf(p.stdout, "  Claude     npx mcp-remote %s/mcp\n", c.URLs[0])
		fmt.Fprintf(p.stdout, "  Check      gatehouse doctor %s/mcp\n", c.URLs[0])
	}
	fmt.Fprintln(p.stdout)
}

// whole is a path from the root, for who reads it elsewhere.
func whole(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
