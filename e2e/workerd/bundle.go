package workerd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/e2e/node"
)

// modules is the list of modules in the configuration.
var modules = regexp.MustCompile(`(?s)modules = \[.*?\],`)

// Bundle has wrangler bundle the Worker in the folder worker, and returns a
// folder with the result and a configuration for [Start]. The Worker takes the
// packages of this module's own.
func Bundle(t testing.TB, worker string) (dir string) {
	t.Helper()
	packages := filepath.Join(node.Root(t), "worker", "node_modules")
	if err := os.Symlink(packages, filepath.Join(worker, "node_modules")); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	list, err := DryRun(t.Context(), packages, worker, dir)
	if err != nil {
		t.Fatal(err)
	}
	text := modules.ReplaceAllLiteral(config, []byte("modules = ["+list+"],"))
	if err := os.WriteFile(filepath.Join(dir, "config.capnp"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// DryRun has the wrangler among the packages bundle a Worker into dir, as it
// does before it deploys it, and returns the list of modules for a
// configuration in dir. The script is what wrangler.jsonc says, or the one
// that is named. Nothing leaves the machine.
func DryRun(ctx context.Context, packages, worker, dir string, script ...string) (modules string, err error) {
	home, err := os.MkdirTemp("", "gatehouse-wrangler")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	args := append([]string{filepath.Join(packages, "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run", "--outdir", dir}, script...)
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = worker
	cmd.Env = append(os.Environ(), "HOME="+home, "CI=1", "WRANGLER_SEND_METRICS=false", "WRANGLER_HIDE_BANNER=true")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("bundle the Worker in %s: %w\n%s", worker, err, out)
	}
	return bundled(dir)
}

// kinds are what the modules of a bundle are, by the ends of their names.
var kinds = map[string]string{".js": "esModule", ".wasm": "wasm", ".yaml": "text"}

// bundled are the modules in a folder, for the configuration. The one that
// holds the Worker comes first.
func bundled(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var list []string
	for _, e := range entries {
		kind, ok := kinds[filepath.Ext(e.Name())]
		if !ok {
			continue
		}
		module := fmt.Sprintf("(name = %q, %s = embed %q)", e.Name(), kind, e.Name())
		if kind == "esModule" {
			list = append([]string{module}, list...)
			continue
		}
		list = append(list, module)
	}
	return strings.Join(list, ", "), nil
}
