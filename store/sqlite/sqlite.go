//go:build !js

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite" of database/sql

	"gatehouse/store"
)

const (
	// patience is how long a statement waits for the lock of another process.
	patience = 5 * time.Second
	readers  = 4
)

// KV is a [store.KV] in a file. Expiry is kept to the millisecond.
type KV struct {
	write, read *sql.DB
	queue       queue

	get, scan, scanTo              *sql.Stmt
	create, replace, remove, sweep *sql.Stmt
}

var _ store.KV = (*KV)(nil)

// Open opens the store in the file at path. If there is none it creates one,
// and its folder, that only this user can read. It refuses a file that is not
// a store of ours, and leaves it as it was.
func Open(path string) (*KV, error) {
	return open(path, patience)
}

func open(path string, patience time.Duration) (_ *KV, err error) {
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("create store %s: %w", path, err)
	}
	k := &KV{queue: queue{turn: make(chan struct{}, 1)}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open store %s: %w", path, classify(err)), k.Close())
		}
	}()
	if k.write, err = connect(path, 1, patience, "synchronous(FULL)"); err != nil {
		return nil, err
	}
	if err := prepareSchema(k.write); err != nil {
		return nil, err
	}
	if k.read, err = connect(path, readers, patience, "query_only(1)"); err != nil {
		return nil, err
	}
	if err := k.prepare(); err != nil {
		return nil, err
	}
	return k, nil
}

// Close closes the store. Nothing is lost without it.
func (k *KV) Close() error {
	var errs []error
	for _, db := range []*sql.DB{k.read, k.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// makeFile creates the file before SQLite does, whose log files then take its
// mode. One that exists is not even opened: closing it would drop the locks
// that this process holds on it.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func connect(path string, most int, patience time.Duration, pragma string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(" + strconv.FormatInt(patience.Milliseconds(), 10) + ")", pragma},
	}
	// The path is escaped, so that a "?" or "%" in it is part of the name.
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// prepare makes the statements. They are kept for as long as the store is open.
func (k *KV) prepare() error {
	for _, s := range []struct {
		to   **sql.Stmt
		db   *sql.DB
		text string
	}{
		{&k.get, k.read, getSQL},
		{&k.scan, k.read, scanSQL},
		{&k.scanTo, k.read, scanToSQL},
		{&k.create, k.write, createSQL},
		{&k.replace, k.write, replaceSQL},
		{&k.remove, k.write, removeSQL},
		{&k.sweep, k.write, sweepSQL},
	} {
		stmt, err := s.db.PrepareContext(context.Background(), s.text)
		if err != nil {
			return err
		}
		*s.to = stmt
	}
	return nil
}
