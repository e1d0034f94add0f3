//go:build js && wasm

package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/assemble"
	"gatehouse/internal/httpx"
	"gatehouse/internal/jsrt"
	"gatehouse/internal/operate"
	"gatehouse/oauth/clients"
	"gatehouse/oauth/login/accounts"
	"gatehouse/store"
	"gatehouse/store/durableobject"
	"gatehouse/store/workerskv"
)

// Version is set by the linker at a release.
var Version = "dev"

const (
	outgoing = 20 * time.Second // bounds an exchange with a provider of logins
	// keepAlive is how often a silent stream is written to: workerd notices
	// that a client is gone when it cannot write to it.
	keepAlive = 5 * time.Second
	// memory is what the collector works harder for not to pass: an isolate that
	// has 128 MiB is ended, and WebAssembly never gives back what it has taken.
	memory = 64 << 20
)

// bindingKV is the KV namespace for what may be forgotten: the documents of
// clients. Without it they are in the object's own store.
const bindingKV = "OAUTH_KV"

// Main serves the requests and the alarms of the object, and returns never.
func Main(servers []assemble.Server) {
	debug.SetMemoryLimit(memory)
	slog.SetDefault(slog.New(slog.NewJSONHandler(jsrt.Console{}, nil)))
	if err := bind(servers); err != nil {
		end(err)
	}
	select {}
}

// end ends the program, and with it the object. The operator reads why in the
// log, and strangers that something is wrong.
func end(err error) {
	fmt.Fprintln(os.Stderr, "gatehouse:", err)
	os.Exit(1)
}

// bind gives the object what it calls.
func bind(servers []assemble.Server) error {
	if len(os.Args) < 2 {
		return errors.New("this program runs in a Durable Object; object.mjs starts it there")
	}
	object := js.Global().Get(os.Args[1])
	storage := object.Get("ctx").Get("storage")
	kv, err := durableobject.Open(storage.Get("sql"))
	if err != nil {
		return err
	}
	p := &program{
		config:  object.Get("config").String(),
		env:     environment{object.Get("env")},
		servers: servers,
	}
	if p.store, err = storeOf(kv, object, p.env.get(varShards)); err != nil {
		return err
	}
	p.store.order, p.store.forget = p.order, p.forget
	if p.sweeper, err = newSweeper(kv, storage, p.env.get(varSweep)); err != nil {
		return err
	}
	p.crossing = newCrossing(object.Get("crossing"))
	letters = newCrew(p.answer)
	object.Call("ready", js.ValueOf(map[string]any{
		"receive": js.FuncOf(func(_ js.Value, args []js.Value) any {
			l := read(args[0].Int(), args[1].Int(), args[1].Int())
			l.stream = args[2]
			letters.take(l)
			return nil
		}),
		"leave": js.FuncOf(func(_ js.Value, args []js.Value) any {
			p.crossing.leave(args[0].Int())
			return nil
		}),
		"sweep": js.FuncOf(func(_ js.Value, args []js.Value) any {
			go p.sweeper.sweep(args[0])
			return nil
		}),
		"tell": js.FuncOf(func(_ js.Value, args []js.Value) any {
			go p.tell(args[0], args[1])
			return nil
		}),
	}))
	return nil
}

// program is what runs in one object.
type program struct {
	config  string // gatehouse.yaml
	env     environment
	servers []assemble.Server
	store   *shards
	sweeper *sweeper

	crossing *crossing

	once    sync.Once // a request has come, and with it:
	host    *host.Host
	handler http.Handler
	server  operate.Server
}

// answer answers a request.
func (p *program) answer(l letter) {
	p.once.Do(func() {
		if err := p.build(origin(l)); err != nil {
			end(err)
		}
	})
	p.sweeper.expect()
	p.crossing.exchange(p.handler, l)
}

// tell answers what another object asks.
func (p *program) tell(question, heard js.Value) {
	p.sweeper.expect()
	answer := p.store.answer(context.Background(), jsrt.ReadBytes(question))
	heard.Invoke(jsrt.Bytes(answer))
}

// order carries out an operator's order on what this object keeps.
func (p *program) order(ctx context.Context, o operate.Order) (operate.Result, error) {
	records := operate.Records{Tables: p.store.tables(), Most: mostRows, Ended: p.forget, Server: p.server}
	if p.host != nil {
		records.Sessions = p.host.Sessions() // with what is in memory of them
	}
	return records.Do(ctx, o)
}

// forget drops what is remembered of a grant that another object has written.
func (p *program) forget(grantID string) {
	if p.host != nil {
		p.host.Forget(grantID)
	}
}

// build puts the parts together, for an object that is asked at this origin.
func (p *program) build(origin string) error {
	backends := &assemble.Backends{Servers: p.servers, HTTP: jsrt.Fetch{}}
	c, dev, err := configuration(p.config, p.env.get, origin, backends)
	if err != nil {
		return err
	}
	settings, err := assemble.Settings(c, dev)
	if err != nil {
		return err
	}
	settings.KeepAlive = keepAlive
	settings.Shards = p.store.count
	keys, err := store.ParseKeys(p.env.get(varKeys))
	if err != nil {
		return fmt.Errorf("%s: %w Make one with: npm run -s key", varKeys, err)
	}
	log := logger(c.Log.Level)
	slog.SetDefault(log) // tools of users log there
	backends.Log = log
	mounted, err := backends.Open(c)
	if err != nil {
		return err
	}
	people := accounts.New(p.store)
	parts := host.Parts{
		Store:     p.store,
		Mounts:    mounted.Mounts,
		ScopeText: mounted.ScopeText,
		Keys:      store.NewKeyring(keys...),
		Audit:     audit.NewRecorder(&audit.Lines{W: jsrt.Console{}}, audit.Options{}),
		Providers: assemble.Providers(c.Login, dev, people, &http.Client{Transport: jsrt.Fetch{}, Timeout: outgoing}),
		Active:    people.Active,
		Log:       log,
		Version:   Version,
		Public:    clients.PublicDoorOver(jsrt.Fetch{}),
		Loopback:  clients.LoopbackDoorOver(jsrt.Fetch{}),
	}
	if namespace := p.env.env.Get(bindingKV); namespace.Type() == js.TypeObject {
		parts.Cache = workerskv.New(namespace)
	}
	if p.host, err = host.New(settings, parts); err != nil {
		return err
	}
	p.server = operate.Server{URLs: c.URLs, Shards: settings.Shards, Active: people.Active}
	for _, m := range parts.Mounts {
		p.server.Scopes = append(p.server.Scopes, m.Scopes...)
	}
	log.Info("started", "urls", c.URLs, "object", objectName(p.store.number))
	p.handler, err = p.withOperator(parts)
	return err
}

// withOperator puts the operator's endpoint in front of the host, where there
// is a secret for it.
func (p *program) withOperator(parts host.Parts) (http.Handler, error) {
	secret := strings.TrimSpace(p.env.get(operate.Variable))
	if secret == "" || p.store.number != 0 {
		return p.host, nil
	}
	endpoint := &operate.Endpoint{
		Secret: secret,
		Do:     p.store.operate,
		Audit:  parts.Audit,
		Tries:  operate.NewTries(time.Now),
		Now:    time.Now,
	}
	served := httpx.Observe(parts.Log, operate.Render, httpx.Serve(endpoint.Serve, operate.Render))
	return withOrders(served, p.host), operate.CheckSecret(secret)
}

// withOrders leads orders to the endpoint, and all else to the host.
func withOrders(endpoint, host http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == operate.Path {
			endpoint.ServeHTTP(w, r)
			return
		}
		host.ServeHTTP(w, r)
	})
}

func logger(name string) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(name)) // checked by config
	return slog.New(slog.NewJSONHandler(jsrt.Console{}, &slog.HandlerOptions{Level: level}))
}

// environment are the variables and secrets of the Worker.
type environment struct{ env js.Value }

func (e environment) get(name string) string {
	switch v := e.env.Get(name); v.Type() {
	case js.TypeString:
		return v.String()
	case js.TypeNumber:
		return js.Global().Call("String", v).String()
	}
	return ""
}
