//go:build !js

package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

func TestStored(t *testing.T) {
	folder := t.TempDir()
	below := filepath.Join(folder, "objects")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.sqlite", "b.sqlite", catalog} {
		db, err := sql.Open("sqlite", filepath.Join(below, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{"PRAGMA page_size = 4096", "CREATE TABLE sessions (id)"} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(below, "a.sqlite-wal.old"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	const pages = 2 // the schema, and a table with nothing in it
	if got, err := stored(t.Context(), folder); err != nil || got != (kept{objects: 2, bytes: 2 * pages * 4096}) {
		t.Errorf("stored = %+v, %v", got, err)
	}
}
