//go:build !js

package cli

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"gatehouse/internal/config"
)

// lookEvery is how often the files of a certificate are looked at, while
// somebody connects.
const lookEvery = time.Second

// certificate is one in files, which are read again when they change: whoever
// renews it need not restart anything. While the new files cannot be used the
// old certificate stays.
type certificate struct {
	files config.TLS
	log   *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	changed time.Time // of the files that were read last
	looked  time.Time
}

// get is the certificate to show to a client.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && time.Since(c.looked) < lookEvery {
		return c.current, nil
	}
	c.looked = time.Now()
	changed, err := c.lastChange()
	if err == nil && (c.current == nil || !changed.Equal(c.changed)) {
		err = c.read(changed)
	}
	if err != nil && c.current != nil {
		c.log.Error("the certificate cannot be read again; the old one stays", "err", err)
		return c.current, nil
	}
	return c.current, err
}

func (c *certificate) read(changed time.Time) error {
	c.changed = changed // also if it fails: it is tried again when they change again
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return err
	}
	c.current = &pair
	return nil
}

// lastChange is when the newer of the two files was written.
func (c *certificate) lastChange() (time.Time, error) {
	cert, err := os.Stat(c.files.Cert)
	key, errKey := os.Stat(c.files.Key)
	if err := errors.Join(err, errKey); err != nil {
		return time.Time{}, err
	}
	if key.ModTime().After(cert.ModTime()) {
		return key.ModTime(), nil
	}
	return cert.ModTime(), nil
}
