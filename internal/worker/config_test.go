package worker

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/assemble"
)

const here = "http://localhost:8787"

func TestConfiguration(t *testing.T) {
	const login = "login: {github: {client_id: c, client_secret: '${env:SECRET}', users: [ada]}}\n"
	for _, tt := range []struct {
		name, file string
		env        map[string]string
		origin     string
		urls       []string
		wrong      string // in the failure; empty for none
	}{
		{
			name: "development needs nothing", env: map[string]string{varDev: "on"}, origin: here,
			urls: []string{"http://localhost:8787", "http://127.0.0.1:8787"},
		},
		{
			name: "development at a URL of its own", file: "urls: ['http://127.0.0.1:9']", env: map[string]string{varDev: "on"}, origin: here,
			urls: []string{"http://127.0.0.1:9"},
		},
		{
			name: "development with the file of production", file: "urls: ['https://mcp.example.com']\n" + login, env: map[string]string{varDev: "on"}, origin: here,
			urls: []string{"http://localhost:8787", "http://127.0.0.1:8787"},
		},
		{
			name: "that file for others", file: "urls: ['https://mcp.example.com']\n" + login, env: map[string]string{varDev: "on"}, origin: "https://mcp.example.com",
			wrong: "loopback names only",
		},
		{
			name: "the development login is not for others", env: map[string]string{varDev: "on"}, origin: "https://mcp.example.com",
			wrong: "loopback names only",
		},
		{
			name: "nor where the URL says that others come", env: map[string]string{varDev: "on", varURLs: "https://mcp.example.com"}, origin: here,
			wrong: "https://mcp.example.com is none",
		},
		{
			name: "production", file: "urls: ['https://mcp.example.com']\n" + login, env: map[string]string{"SECRET": "s"}, origin: here,
			urls: []string{"https://mcp.example.com"},
		},
		{
			name: "production with the URLs in a variable", file: login, env: map[string]string{"SECRET": "s", varURLs: "https://a.example.com, https://b.example.com"}, origin: here,
			urls: []string{"https://a.example.com", "https://b.example.com"},
		},
		{
			name: "production never takes its URL from a request", file: login, env: map[string]string{"SECRET": "s"}, origin: "https://mcp.example.com",
			wrong: "no public URL",
		},
		{name: "a secret that is not there", file: login, origin: here, wrong: "the environment has no SECRET"},
		{name: "a file", file: "name: ${file:/etc/name}", origin: here, wrong: "a Worker has no files"},
		{name: "no login", file: "urls: ['https://mcp.example.com']", origin: here, wrong: "no way to log in"},
		{name: "a folder", file: "data: /var/lib/x", env: map[string]string{varDev: "on"}, origin: here, wrong: "data: a Worker has no folder"},
		{name: "a certificate", file: "tls: {cert: a, key: b}", env: map[string]string{varDev: "on"}, origin: here, wrong: "tls: Cloudflare"},
		{name: "an address", file: "addr: ':443'", env: map[string]string{varDev: "on"}, origin: here, wrong: "addr: a Worker does not listen"},
		{name: "proxies", file: "proxies: [10.0.0.1]", env: map[string]string{varDev: "on"}, origin: here, wrong: "proxies: Cloudflare"},
		{name: "a file of records", file: "audit: {file: x}", env: map[string]string{varDev: "on"}, origin: here, wrong: "audit: a Worker"},
		{name: "a backend elsewhere", file: "backends: {a: {url: 'https://a.example'}}", env: map[string]string{varDev: "on"}, origin: here,
			urls: []string{"http://localhost:8787", "http://127.0.0.1:8787"}},
		{name: "a child process", file: "backends: {a: {command: npx}}", env: map[string]string{varDev: "on"}, origin: here, wrong: "line 1: backends.a.command: there are no child processes here"},
		{name: "a backend with a mistake", file: "backends: {a: {url: nowhere}}", env: map[string]string{varDev: "on"}, origin: here, wrong: "line 1: backends.a.url: this is no URL"},
		{name: "a misspelled setting", file: "\nnmae: x", env: map[string]string{varDev: "on"}, origin: here, wrong: "line 2: nmae"},
		{name: "accounts", file: "login: {password: true}", env: map[string]string{varDev: "on"}, origin: here, wrong: "login.password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, dev, err := configuration(tt.file, func(name string) string { return tt.env[name] }, tt.origin, new(assemble.Backends))
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("configuration = %v, want %q", err, tt.wrong)
				}
				return
			}
			if err != nil || !slices.Equal(c.URLs, tt.urls) || dev != (tt.env[varDev] == "on") {
				t.Errorf("configuration = %q, development = %t, %v; want %q", c.URLs, dev, err, tt.urls)
			}
		})
	}
}
