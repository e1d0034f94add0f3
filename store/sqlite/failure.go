//go:build !js

package sqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/internal/fault"
)

// classify gives a failure of the medium its kind and words for strangers. A
// context that is over and a failure that has its kind stay as they are.
func classify(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, fault.Conflict) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, publicWords(err))
}

func publicWords(err error) string {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff { // the primary code, without its details
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return "The server's store is busy. Try again in a moment."
		case sqlite3.SQLITE_FULL:
			return "The server's store is full. Try again later."
		case sqlite3.SQLITE_READONLY:
			return "The server's store cannot be written to. Try again later."
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return "The server's store is damaged. Tell the operator."
		}
	}
	return "The server's store cannot be used now. Try again later."
}
