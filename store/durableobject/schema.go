//go:build js && wasm

package durableobject

import "gatehouse/internal/fault"

// edition is the version of the schema below. Pragmas that could hold it are
// not for Workers, so it is in a table.
const edition = 1

// Keys are blobs, which SQLite compares byte by byte. Times are milliseconds
// since 1970; NULL is never.
const schemaSQL = `
CREATE TABLE items (
	key     BLOB PRIMARY KEY,
	value   BLOB NOT NULL,
	version INTEGER NOT NULL,
	expires INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX items_expires ON items (expires) WHERE expires IS NOT NULL;
INSERT INTO edition (number) VALUES (?1);
`

// prepareSchema makes sure that the database is a store of this edition. The
// object writes what happens without a pause in one transaction, so there is
// no half of it.
func (d database) prepareSchema() error {
	if _, err := d.query(`CREATE TABLE IF NOT EXISTS edition (number INTEGER NOT NULL) STRICT`); err != nil {
		return err
	}
	rows, err := d.query(`SELECT number FROM edition`)
	if err != nil {
		return err
	}
	if rows.Length() == 0 {
		_, err := d.query(schemaSQL, edition)
		return err
	}
	if written := rows.Index(0).Index(0).Int(); written != edition {
		return fault.New(fault.Invalid,
			"The store has schema %d and this program knows %d. Deploy the program that wrote it.", written, edition)
	}
	return nil
}
