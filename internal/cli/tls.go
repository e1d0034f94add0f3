//go:build !js

package cli

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"gatehouse/host"
	"gatehouse/internal/config"
	"gatehouse/internal/serve"
)

// checkCertificate refuses a certificate that cannot be served with its key,
// before anything is started.
func checkCertificate(c *config.Config) error {
	if c.TLS.Cert == "" || c.TLS.Key == "" {
		return nil
	}
	if _, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key); err != nil {
		return c.Fault("tls", "cert %s with key %s: %v", c.TLS.Cert, c.TLS.Key, err)
	}
	return nil
}

// server is what serves HTTP, with TLS or without.
type server interface {
	Serve(l net.Listener) error
	Shutdown(ctx context.Context) error
	Close() error
}

// secure sets up TLS and returns what serves: by files, by ACME, or in the
// clear where a proxy or loopback is in front.
func secure(c config.Config, h *http.Server, log *slog.Logger) server {
	switch {
	case c.TLS.ACME != nil:
		h.TLSConfig = byACME(c, log)
		return encrypted{h}
	case c.TLS.Cert != "":
		cert := &certificate{files: c.TLS, log: log}
		h.TLSConfig = &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS12}
		return encrypted{h}
	}
	return serve.New(h)
}

// encrypted serves with the certificates of its TLSConfig.
type encrypted struct{ *http.Server }

// Serve serves the connections of l.
func (e encrypted) Serve(l net.Listener) error { return e.ServeTLS(l, "", "") }

// byACME gets the certificates of the public names when they are first asked
// for (RFC 8555; RFC 8737). Why there is none is for the operator to know; for
// other names, which anybody may ask for, it is not.
func byACME(c config.Config, log *slog.Logger) *tls.Config {
	var names []string
	for _, u := range c.URLs {
		names = append(names, host.Name(u))
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(filepath.Join(c.Data, "acme")),
		HostPolicy: autocert.HostWhitelist(names...),
		Email:      c.TLS.ACME.Email,
	}
	if c.TLS.ACME.Directory != "" {
		m.Client = &acme.Client{DirectoryURL: c.TLS.ACME.Directory}
	}
	settings := m.TLSConfig()
	settings.MinVersion = tls.VersionTLS12
	settings.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := m.GetCertificate(hello)
		if err != nil && slices.Contains(names, hello.ServerName) {
			log.Error("no certificate", "name", hello.ServerName, "err", err)
		}
		return cert, err
	}
	return settings
}
