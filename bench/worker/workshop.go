//go:build !js

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"gatehouse/bench/contest"
	"gatehouse/e2e/workerd"
	"gatehouse/store"
	"gatehouse/worker"
)

// workshop makes Workers of sources and starts them.
type workshop struct {
	root     string // of the module
	dir      string // for what is made
	packages string // npm packages with wrangler and workerd

	inspector string // where workerd lets its programs be looked into; empty for nowhere
}

func newWorkshop(ctx context.Context, dir string) (*workshop, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	w := &workshop{root: strings.TrimSpace(string(out)), dir: dir}
	w.packages = filepath.Join(w.root, "worker", "node_modules")
	for _, folder := range []string{"worker", peer} {
		if err := install(ctx, filepath.Join(w.root, folder)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// install brings the npm packages of a folder, unless they are there.
func install(ctx context.Context, folder string) error {
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err == nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w\n%s", folder, err, out)
	}
	return nil
}

// program is a Worker.
type program struct {
	name   string
	bundle func(ctx context.Context, w *workshop, to string) (modules string, err error)
	object string // the class of its Durable Objects, bound by that name in capitals; empty for none
	flags  string // of compatibility, as a list of strings
	kv     bool   // there is a KV namespace, OAUTH_KV
}

// peer is the folder of the Workers on Cloudflare's stack.
const peer = "bench/worker/peer"

var (
	gatehouse = program{"gatehouse", bundleGatehouse, "Gatehouse", `"enable_request_signal", "request_signal_passthrough"`, false}
	agent     = program{"agent", bundlePeer("agent.mjs"), "Agent", `"nodejs_compat"`, true}
	stateless = program{"stateless", bundlePeer("stateless.mjs"), "", `"nodejs_compat"`, true}
	withoutKV = program{"without-kv", bundlePeer("stateless.mjs"), "", `"nodejs_compat"`, false}
)

func bundlePeer(script string) func(context.Context, *workshop, string) (string, error) {
	return func(ctx context.Context, w *workshop, to string) (string, error) {
		return workerd.DryRun(ctx, w.packages, filepath.Join(w.root, peer), to, script)
	}
}

// settings let one person hold all the sessions that are weighed.
const settings = "limits: {sessions: 100000}\n"

// bundleGatehouse bundles cmd/gatehouse.
func bundleGatehouse(ctx context.Context, w *workshop, to string) (string, error) {
	folder := filepath.Join(w.dir, "gatehouse")
	files, err := worker.Files(worker.Program{Name: "bench", Main: "..", Config: "./gatehouse.yaml"})
	if err != nil {
		return "", err
	}
	files["gatehouse.yaml"] = settings
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	build := exec.CommandContext(ctx, "node", filepath.Join(w.root, "worker", "build.mjs"), "gatehouse/cmd/gatehouse", filepath.Join(folder, "build"))
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return workerd.DryRun(ctx, w.packages, folder, to)
}

// begin starts a program with an empty store, and logs in.
func (w *workshop) begin(p program) contest.Beginning {
	return func(ctx context.Context, dir string, c *contest.Contender) (*contest.Process, contest.Target, error) {
		config, err := w.configure(ctx, p)
		if err != nil {
			return nil, contest.Target{}, err
		}
		state := w.state(c)
		if err := os.Mkdir(state, 0o700); err != nil {
			return nil, contest.Target{}, err
		}
		binary := filepath.Join(w.packages, "workerd", "bin", "workerd")
		env := append(c.Env, "GATEHOUSE_KEYS="+store.NewKey().Reveal())
		args := []string{binary, "serve", config, "--socket-addr=http=ADDR", "--directory-path=state=" + state}
		if w.inspector != "" {
			args = append(args, "--inspector-addr="+w.inspector)
		}
		process, err := contest.Start(ctx, dir, c.Name, env, args...)
		if err != nil {
			return nil, contest.Target{}, err
		}
		token, err := contest.LogIn(ctx, process.Addr)
		if err != nil {
			process.Stop()
			return nil, contest.Target{}, fmt.Errorf("log in: %w", err)
		}
		return process, contest.Target{Addr: process.Addr, Path: "/mcp", Token: token, Tool: "add", Era: c.Era}, nil
	}
}

// state is the folder in which the objects of a contender keep what they know.
func (w *workshop) state(c *contest.Contender) string { return filepath.Join(w.dir, c.Name+".state") }

// configure bundles a program, once, and returns its configuration for workerd.
func (w *workshop) configure(ctx context.Context, p program) (file string, err error) {
	folder := filepath.Join(w.dir, p.name+".bundle")
	file = filepath.Join(folder, "config.capnp")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	modules, err := p.bundle(ctx, w, folder)
	if err != nil {
		return "", err
	}
	objects, bindings := "", `(name = "DEV_LOGIN", text = "on"), (name = "GATEHOUSE_KEYS", fromEnvironment = "GATEHOUSE_KEYS")`
	if p.object != "" {
		objects = fmt.Sprintf(`(className = %q, uniqueKey = "bench", enableSql = true)`, p.object)
		bindings += fmt.Sprintf(`, (name = %q, durableObjectNamespace = %q)`, strings.ToUpper(p.object), p.object)
	}
	if p.kv {
		bindings += `, (name = "OAUTH_KV", kvNamespace = "kv")`
	}
	kv, err := os.ReadFile(filepath.Join(w.root, peer, "kv.mjs"))
	if err != nil {
		return "", err
	}
	return file, os.WriteFile(file, fmt.Appendf(nil, config, modules, p.flags, objects, bindings, kv), 0o600)
}

// config is the configuration of workerd, of the kind that the tests use. The
// extension stands for a module that the library agents imports and plain
// workerd does not have; nothing here sends mail.
const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "state", disk = (writable = true)),
    (name = "kv", worker = .kv),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  extensions = [(modules = [
    (name = "cloudflare-internal:email", internal = true, esModule = "export default { EmailMessage: class {} };"),
  ])],
);

const main :Workerd.Worker = (
  modules = [%s],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = [%s],
  durableObjectNamespaces = [%s],
  durableObjectStorage = (localDisk = "state"),
  bindings = [%s],
);

const kv :Workerd.Worker = (
  modules = [(name = "kv.mjs", esModule = %q)],
  compatibilityDate = "2026-04-01",
);
`
