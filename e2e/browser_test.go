package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/node"
)

// chromium returns the environment that names the browser. CHROMIUM can name
// another one.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return "CHROMIUM=" + path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return "CHROMIUM=" + path
		}
	}
	t.Fatal("no Chromium found; name one in CHROMIUM")
	return ""
}

func TestPages(t *testing.T) {
	tools := node.Installed(t)
	t.Parallel()
	onEach(t, func(t *testing.T, h host) {
		_, port, _ := strings.Cut(strings.TrimPrefix(h.url, "http://"), ":")
		for _, name := range []string{"127.0.0.1", "localhost"} {
			t.Run(name, func(t *testing.T) {
				cmd := tools.Command(t, 2*time.Minute, "pages.mjs", "http://"+name+":"+port, h.artifacts(t))
				cmd.Env = append(cmd.Env, chromium(t))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("pages.mjs: %v\n%s", err, out)
				}
			})
		}
	})
}
