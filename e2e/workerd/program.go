package workerd

import (
	_ "embed" // the configuration
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/e2e/node"
	"gatehouse/e2e/server"
	"gatehouse/store"
)

//go:embed program.capnp
var config []byte

// Build builds the command with this import path for the Worker, once for all
// tests of a package, and lays it out with a configuration for [Start]: its
// variables are taken from the environment. [server.Run] removes the folder.
func Build(t testing.TB, command string) (dir string) {
	t.Helper()
	node.Asked(t)
	worker := filepath.Join(node.Root(t), "worker")
	dir, err := server.Once("worker "+command, func(dir string) error { return layOut(worker, command, dir) })
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// layOut puts into dir what Start needs of the folder worker.
func layOut(worker, command, dir string) error {
	out, err := exec.Command("node", filepath.Join(worker, "build.mjs"), command, filepath.Join(dir, "build")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", command, err, out)
	}
	files := map[string][]byte{"config.capnp": config}
	for _, name := range []string{"worker.mjs", "object.mjs", "crossing.mjs", "gatehouse.yaml"} {
		if files[name], err = os.ReadFile(filepath.Join(worker, name)); err != nil {
			return err
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Configure returns a folder with what [Build] has built, under another
// gatehouse.yaml.
func Configure(t testing.TB, built, yaml string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"build", "worker.mjs", "object.mjs", "crossing.mjs", "config.capnp"} {
		if err := os.Symlink(filepath.Join(built, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "gatehouse.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Secure has the socket of a folder that [Configure] has made speak TLS.
func Secure(t testing.TB, dir, cert, key string) {
	t.Helper()
	path := filepath.Join(dir, "config.capnp")
	text := strings.Replace(string(config), "http = ()", "https = (tlsOptions = (keypair = "+
		`(privateKey = embed "key.pem", certificateChain = embed "cert.pem")))`, 1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"config.capnp": text, "cert.pem": cert, "key.pem": key} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// NewKey is the variable of a key that seals a store.
func NewKey() string { return "GATEHOUSE_KEYS=" + store.NewKey().Reveal() }
