//go:build !js

package sqlite

import (
	"database/sql"
	"fmt"

	"gatehouse/internal/fault"
)

const (
	// application marks the file as ours in its header ("GtHs").
	application = 0x47744873
	// edition is the version of the schema below.
	edition = 1
)

// Keys are blobs, which SQLite compares byte by byte. Times are milliseconds
// since 1970; NULL is never.
const schema = `
CREATE TABLE items (
	key     BLOB PRIMARY KEY,
	value   BLOB NOT NULL,
	version INTEGER NOT NULL,
	expires INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX items_expires ON items (expires) WHERE expires IS NOT NULL;
`

// prepareSchema makes sure that the file is a store of this edition. An empty
// file becomes one; of several processes that find it empty one does it.
func prepareSchema(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var app, version, tables int
	err = tx.QueryRow(`SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&app, &version, &tables)
	if err != nil {
		return err
	}
	switch {
	case app == application && version == edition:
	case app == application:
		return fault.New(fault.Invalid,
			"The store has schema %d and this program knows %d. Run the program that wrote it.", version, edition)
	case app != 0 || version != 0 || tables != 0:
		return fault.New(fault.Invalid, "The file is a database of another program. Choose another path.")
	default:
		_, err = tx.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; %s", application, edition, schema))
		if err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	// The mode is kept in the file. Only now is it known to be ours to change.
	_, err = db.Exec("PRAGMA journal_mode = WAL")
	return err
}
