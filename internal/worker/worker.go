//go:build js && wasm

package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"syscall/js"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/assemble"
	"gatehouse/internal/config"
	"gatehouse/internal/jsrt"
	"gatehouse/oauth/clients"
	"gatehouse/oauth/login/accounts"
	"gatehouse/store"
	"gatehouse/store/durableobject"
)

// Version is set by the linker at a release.
var Version = "dev"

// Main serves the requests of the object, and returns never.
func Main(servers []assemble.Server) {
	if err := serve(servers); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		os.Exit(1)
	}
	select {}
}

const (
	outgoing = 20 * time.Second // bounds an exchange with a provider of logins
	// keepAlive is how often a silent stream is written to: workerd notices
	// that a client is gone when it cannot write to it.
	keepAlive = 5 * time.Second
)

// serve binds the host to the object that runs this program.
func serve(servers []assemble.Server) error {
	if len(os.Args) < 2 {
		return errors.New("this program runs in a Durable Object; worker.mjs starts it there")
	}
	object := js.Global().Get(os.Args[1])
	env := environment{object.Get("env")}
	c, dev, err := configuration(object.Get("config").String(), env.get, object.Get("origin").String())
	if err != nil {
		return err
	}
	var level slog.Level
	level.UnmarshalText([]byte(c.Log.Level)) // info, if it cannot be read
	log := slog.New(slog.NewJSONHandler(jsrt.Console{}, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log) // tools of users log there
	h, err := build(c, dev, env, object, servers, log)
	if err != nil {
		return err
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	log.Info("started", "memory", memory.Sys, "urls", c.URLs)
	object.Call("serve", handle(h))
	return nil
}

// build puts the parts together.
func build(c config.Config, dev bool, env environment, object js.Value, servers []assemble.Server, log *slog.Logger) (*host.Host, error) {
	settings, err := assemble.Settings(c, dev)
	if err != nil {
		return nil, err
	}
	settings.KeepAlive = keepAlive
	keys, err := store.ParseKeys(env.get(varKeys))
	if err != nil {
		return nil, fmt.Errorf("%s: %w Make one with: npm run -s key", varKeys, err)
	}
	kv, err := durableobject.Open(object.Get("ctx").Get("storage").Get("sql"))
	if err != nil {
		return nil, err
	}
	people := accounts.New(kv)
	client := &http.Client{Transport: jsrt.Fetch{}, Timeout: outgoing}
	parts := host.Parts{
		Store:     kv,
		Keys:      store.NewKeyring(keys...),
		Audit:     audit.NewRecorder(&audit.Lines{W: jsrt.Console{}}, audit.Options{}),
		Providers: assemble.Providers(c.Login, dev, people, client),
		Active:    people.Active,
		Log:       log,
		Version:   Version,
		Public:    clients.PublicDoorOver(jsrt.Fetch{}),
		Loopback:  clients.LoopbackDoorOver(jsrt.Fetch{}),
	}
	assemble.Mount(&parts, servers)
	return host.New(settings, parts)
}

// environment are the variables and secrets of the Worker.
type environment struct{ env js.Value }

func (e environment) get(name string) string {
	if v := e.env.Get(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}
