package worker

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"gatehouse/e2e/node"
)

// maxUpload bounds what wrangler would upload, gzipped, in MiB.
const maxUpload = 4

// upload is how wrangler ends a dry run.
var upload = regexp.MustCompile(`Total Upload: ([0-9.]+) KiB / gzip: ([0-9.]+) KiB`)

// TestSize has wrangler make the Worker ready for its deployment, and prints
// how large it is.
func TestSize(t *testing.T) {
	node.Asked(t)
	worker := filepath.Join(node.Root(t), "worker")
	if out, err := exec.Command("node", filepath.Join(worker, "build.mjs")).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	deploy := exec.Command("node", filepath.Join(worker, "node_modules", "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run", "--outdir", t.TempDir())
	deploy.Dir = worker
	deploy.Env = append(os.Environ(), "HOME="+t.TempDir(), "CI=1", "WRANGLER_SEND_METRICS=false")
	out, err := deploy.CombinedOutput()
	if err != nil {
		t.Fatalf("wrangler: %v\n%s", err, out)
	}
	said := upload.FindSubmatch(out)
	if said == nil {
		t.Fatalf("wrangler does not say how large the Worker is:\n%s", out)
	}
	whole, gzipped := kib(t, said[1]), kib(t, said[2])
	t.Logf("upload: %.2f MiB, %.2f MiB gzipped", whole, gzipped)
	if gzipped > maxUpload {
		t.Errorf("the Worker is %.2f MiB gzipped, want at most %d", gzipped, maxUpload)
	}
}

// kib reads a number of KiB, and returns it in MiB.
func kib(t *testing.T, number []byte) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n / 1024
}
