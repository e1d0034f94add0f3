//go:build !js

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"gatehouse/audit"
	"gatehouse/host"
	"gatehouse/internal/config"
	"gatehouse/oauth/login/accounts"
	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// Files of the data folder.
const (
	storeFile = "gatehouse.db"
	keyFile   = "keys"
)

// data is the open data folder of a server.
type data struct {
	kv     *sqlite.KV
	keys   *store.Keyring
	audit  *audit.Recorder
	people *accounts.Directory
}

func openData(c config.Config) (*data, error) {
	kv, err := sqlite.Open(filepath.Join(c.Data, storeFile))
	if err != nil {
		return nil, err
	}
	keys, err := store.LoadKeyFile(filepath.Join(c.Data, keyFile))
	if err != nil {
		return nil, errors.Join(err, kv.Close())
	}
	path := c.Audit.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Data, path)
	}
	sink, err := audit.OpenFile(path, int64(c.Audit.Size), c.Audit.Keep)
	if err != nil {
		return nil, errors.Join(err, kv.Close())
	}
	return &data{kv: kv, keys: keys, audit: audit.NewRecorder(sink, audit.Options{}), people: accounts.New(kv)}, nil
}

func (d *data) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(d.audit.Close(ctx), d.kv.Close())
}

// checkKeys refuses keys that others can read, before anything is started.
func checkKeys(c *config.Config) error {
	path := filepath.Join(c.Data, keyFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return c.Fault("data", "others can read the data key. Run: chmod 600 '%s'", path)
	}
	return nil
}

// tables opens the store for a command that looks at the records, also while a
// server runs on the same folder.
func (p *program) tables(dir string) (host.Tables, *sqlite.KV, error) {
	kv, err := openStore(filepath.Join(dir, storeFile))
	if err != nil {
		return host.Tables{}, nil, err
	}
	return host.NewTables(kv), kv, nil
}

// openStore opens a store that is there.
func openStore(path string) (*sqlite.KV, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%s holds no data of a gatehouse; name its folder with --data", filepath.Dir(path))
	}
	return sqlite.Open(path)
}

// sweep removes what has expired, now and then.
func sweep(ctx context.Context, kv *sqlite.KV, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(10 * time.Minute):
		}
		if _, err := kv.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("expired records stay for now", "err", err)
		}
	}
}
