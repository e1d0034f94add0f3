package production

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefuse starts the server with what it must not start with. It says so in
// words, ends with status 1, and leaves nothing behind.
func TestRefuse(t *testing.T) {
	t.Parallel()
	const good = "login: {password: true}\n"
	for _, tt := range []struct {
		name   string
		config string // instead of the usual one
		rest   string
		files  map[string]string
		words  []string
	}{
		{name: "no file", words: []string{"there is no file gatehouse.yaml", "--config"}},
		{name: "nothing in it", config: "\n", words: []string{"urls: no public URL", "login: no way to log in"}},
		{name: "a URL of plain HTTP", config: "urls: [http://mcp.example.com]\n" + good, words: []string{"must begin with https://"}},
		{name: "a URL with a path", config: "urls: [https://mcp.example.com/mcp]\n" + good, words: []string{"must end after the host", "write https://mcp.example.com"}},
		{name: "nobody can log in", rest: "name: x", words: []string{"login: no way to log in"}},
		{name: "plain HTTP for everybody", config: "urls: [https://mcp.example.com]\naddr: 0.0.0.0:0\n" + good, words: []string{"plain HTTP to everybody"}},
		{name: "a setting that does not exist", rest: good + "lgoin: {}", words: []string{"lgoin", "line 5"}},
		{name: "a variable that is not set", rest: good + "name: ${env:GATEHOUSE_NAME_OF_NOTHING}", words: []string{"the environment has no GATEHOUSE_NAME_OF_NOTHING"}},
		{name: "a secret that is not there", rest: "login: {github: {client_id: x, client_secret: '${file:gone}', users: [x]}}", words: []string{"line 4", "gone"}},
		{name: "anybody on GitHub", rest: "login: {github: {client_id: x, client_secret: x}}", words: []string{"name the users or orgs"}},
		{name: "a provider by plain HTTP", rest: "login: {oidc: [{id: x, issuer: 'http://id.example.com', client_id: x}]}", words: []string{"must be an https URL"}},
		{name: "a client without its secret", rest: good + "clients: [{id: x, grants: [client_credentials], auth: client_secret_basic}]", words: []string{"line 5: clients[0]", "needs a secret"}},
		{name: "keys that are none", rest: good + "clients: [{id: x, auth: private_key_jwt, jwks: '{}'}]", words: []string{"line 5: clients[0]", "jwks"}},
		{name: "a certificate that is not there", rest: good + "tls: {cert: cert.pem, key: key.pem}", words: []string{"tls", "cert.pem", "no such file"}},
		{name: "a certificate that is none", rest: good + "tls: {cert: cert.pem, key: key.pem}",
			files: map[string]string{"cert.pem": "x", "key.pem": "y"}, words: []string{"tls", "cert.pem", "PEM"}},
		{name: "a certificate without its key", rest: good + "tls: {cert: cert.pem}", words: []string{"cert and key belong together"}},
		{name: "ACME for an address", config: "urls: ['https://192.0.2.1']\naddr: 127.0.0.1:0\ntls: {acme: {}}\n" + good, words: []string{"acme", "192.0.2.1"}},
		{name: "ACME for a name without a dot", config: "urls: ['https://localhost']\naddr: 127.0.0.1:0\ntls: {acme: {}}\n" + good, words: []string{"acme", "localhost"}},
		{name: "an address that is none", config: "urls: [https://mcp.example.com]\naddr: '8787'\n" + good, words: []string{"addr", "is not host:port"}},
		{name: "a proxy that is none", rest: good + "proxies: [nginx]", words: []string{`"nginx" is neither an address nor a range`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, "http")
			switch {
			case tt.config != "":
				p.write(t, "gatehouse.yaml", tt.config)
			case tt.rest != "":
				p.configure(t, tt.rest)
			}
			for name, content := range tt.files {
				p.write(t, name, content)
			}
			p.wantRefusal(t, tt.words...)
			for _, left := range []string{"data", ".gatehouse"} {
				if _, err := os.Stat(filepath.Join(p.dir, left)); err == nil {
					t.Errorf("%s was made", left)
				}
			}
			if got := p.run(t, "", "check"); got.code != 1 {
				t.Errorf("check = %+v", got)
			}
		})
	}
}

func (p *place) wantRefusal(t *testing.T, words ...string) {
	t.Helper()
	got := p.run(t, "", "serve")
	if got.code != 1 || got.stdout != "" {
		t.Errorf("serve = %+v", got)
	}
	for _, w := range words {
		if !strings.Contains(got.stderr, w) {
			t.Errorf("it does not say %q: %s", w, got.stderr)
		}
	}
	if n := strings.Count(got.stderr, "\n"); n > 6 || strings.Contains(got.stderr, "goroutine") {
		t.Errorf("it says too much: %s", got.stderr)
	}
}

func TestRefuseFolder(t *testing.T) {
	t.Parallel()
	const good = "login: {password: true}\n"
	t.Run("a key that others can read", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "http")
		p.configure(t, good)
		if err := os.Mkdir(p.data(), 0o700); err != nil {
			t.Fatal(err)
		}
		key := filepath.Join("data", "keys")
		p.write(t, key, "gthk1:k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
		if err := os.Chmod(filepath.Join(p.dir, key), 0o640); err != nil {
			t.Fatal(err)
		}
		p.wantRefusal(t, "others can read the data key", "chmod 600")
		if left, err := os.ReadDir(p.data()); err != nil || len(left) != 1 {
			t.Errorf("the folder has %v, %v", left, err)
		}
	})
	t.Run("a port that is taken", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "http")
		p.configure(t, good)
		l, err := net.Listen("tcp", p.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		p.wantRefusal(t, "address already in use", "is another gatehouse running?")
		if _, err := os.Stat(p.data()); err == nil {
			t.Error("the data folder was made")
		}
	})
	t.Run("a folder that is a file", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, "http")
		p.configure(t, good)
		p.write(t, "data", "")
		p.wantRefusal(t, "data")
	})
}
