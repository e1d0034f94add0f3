//go:build !js

package cli

import (
	"bytes"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/gateway"
)

// reloading is a reloader of a development server on a file, and what it says.
type reloading struct {
	reloader
	file    string
	log     bytes.Buffer
	mounted []string // the names of the mounts
}

func newReloading(t *testing.T, content string) *reloading {
	t.Helper()
	r := &reloading{file: filepath.Join(t.TempDir(), usualFile)}
	r.write(t, r.file, content)
	p := &program{servers: testServers(), getenv: func(string) string { return "" }}
	log := slog.New(slog.NewTextHandler(&r.log, nil))
	r.reloader = reloader{
		from:     source{p: p, file: r.file, dev: true},
		backends: p.backends(log),
		log:      log,
		mount: func(mounts []gateway.Mount, _ map[string]string) error {
			r.mounted = nil
			for _, m := range mounts {
				r.mounted = append(r.mounted, m.Name)
			}
			return nil
		},
	}
	c, err := r.first()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.serve(c); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *reloading) write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r *reloading) want(t *testing.T, mounted ...string) {
	t.Helper()
	if !slices.Equal(r.mounted, mounted) {
		t.Errorf("mounted are %q, want %q; the log says\n%s", r.mounted, mounted, &r.log)
	}
}

func (r *reloading) changed() bool { return !maps.Equal(r.look(), r.seen) }

func TestReload(t *testing.T) {
	r := newReloading(t, "backends: {a: {url: 'https://a.example'}}")
	r.want(t, "hello", "a")
	if r.changed() {
		t.Error("the file has changed, though nobody wrote it")
	}

	r.write(t, r.file, "backends: {b: {url: 'https://b.example', alwaysAllow: []}}\nname: Other")
	if !r.changed() {
		t.Error("the file has not changed, though somebody wrote it")
	}
	r.reload()
	r.want(t, "hello", "b")
	for _, words := range []string{"waits for the next start", "setting=name", "a setting has no effect"} {
		if !strings.Contains(r.log.String(), words) {
			t.Errorf("the log does not say %q:\n%s", words, &r.log)
		}
	}
}

func TestReloadRefusesAnyFault(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"a misspelled setting", "backends: {b: {urll: x}}", "line 1: backends.b.urll: there is no such setting"},
		{"what is no YAML", "backends: {", "this is no YAML"},
		{"a backend that is neither built in nor anywhere", "backends: {b: {timeout: 3s}}", "a backend needs a url, or a command; built in are hello"},
		{"an address for strangers", "addr: 0.0.0.0:80", "everybody in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReloading(t, "backends: {a: {url: 'https://a.example'}}")
			r.write(t, r.file, tt.content)
			r.reload()
			r.want(t, "hello", "a")
			if !strings.Contains(r.log.String(), tt.want) || !strings.Contains(r.log.String(), "the old one stays") {
				t.Errorf("the log does not say %q:\n%s", tt.want, &r.log)
			}
			if r.changed() {
				t.Error("the same file would be read again and again")
			}
		})
	}
	t.Run("a file that is gone", func(t *testing.T) {
		r := newReloading(t, "backends: {a: {url: 'https://a.example'}}")
		os.Remove(r.file)
		r.reload()
		r.want(t, "hello", "a")
	})
}

func TestReloadFollowsTheFilesOfSecrets(t *testing.T) {
	r := newReloading(t, "backends: {a: {url: 'https://a.example'}}")
	secret := filepath.Join(t.TempDir(), "token")
	r.write(t, r.file, "backends: {b: {url: 'https://b.example', auth: {bearer: '${file:"+secret+"}'}}}")
	r.reload()
	r.want(t, "hello", "a") // there is no such file yet
	r.write(t, secret, "one")
	if !r.changed() {
		t.Fatal("that the secret has come is not seen")
	}
	r.reload()
	r.want(t, "hello", "b")
	r.write(t, secret, "another")
	if !r.changed() {
		t.Error("that the secret has changed is not seen")
	}
}

func TestAnOptionalFileMayComeLater(t *testing.T) {
	r := newReloading(t, "")
	os.Remove(r.file)
	r.from.optional = true
	if _, err := r.first(); err != nil {
		t.Fatal(err)
	}
	r.write(t, r.file, "backends: {a: {url: 'https://a.example'}}\naddr: :443\nlogin: {github: {client_secret: '${env:NOT_SET}'}}")
	if !r.changed() {
		t.Fatal("that the file has come is not seen")
	}
	r.reload()
	r.want(t, "hello", "a")
}
