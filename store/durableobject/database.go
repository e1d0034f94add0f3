//go:build js && wasm

package durableobject

import (
	"strings"
	"syscall/js"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/store"
)

// database is where Go's values become those of JavaScript, and back. Bytes are
// copied once each way; the two have no memory in common.
type database struct {
	sql   js.Value // ctx.storage.sql
	array js.Value // the class Uint8Array
}

// query runs one statement to its end, and returns its rows as an array of
// arrays. A cursor that is not at its end would hold its statement, and make
// all that come after it slow.
func (d database) query(statement string, args ...any) (rows js.Value, err error) {
	defer catch(&err)
	return d.exec(statement, args).Call("raw").Call("toArray"), nil
}

// write runs one statement that returns no rows, and returns how many it
// wrote. Those of an index count as well.
func (d database) write(statement string, args ...any) (rows int, err error) {
	defer catch(&err)
	return d.exec(statement, args).Get("rowsWritten").Int(), nil
}

// exec returns the cursor of a statement.
func (d database) exec(statement string, args []any) js.Value {
	all := append([]any{statement}, args...)
	for i, arg := range all {
		if n, ok := arg.(int64); ok {
			all[i] = float64(n) // all of ours are below 2^53
		}
	}
	return d.sql.Call("exec", all...)
}

// catch takes what JavaScript throws for the failure of the statement.
func catch(err *error) {
	switch thrown := recover().(type) {
	case nil:
	case js.Error:
		*err = classify(thrown)
	default:
		panic(thrown)
	}
}

// item reads the columns value, version and expires of a row.
func (d database) item(row js.Value) store.Item {
	value := d.array.New(row.Index(0))
	item := store.Item{Value: make([]byte, value.Length()), Version: int64(row.Index(1).Float())}
	js.CopyBytesToGo(item.Value, value)
	if expires := row.Index(2); !expires.IsNull() {
		item.Expires = time.UnixMilli(int64(expires.Float()))
	}
	return item
}

func (d database) bytes(b []byte) js.Value {
	array := d.array.New(len(b))
	js.CopyBytesToJS(array, b)
	return array
}

func (d database) blob(key string) js.Value { return d.bytes([]byte(key)) }

// text reads a key, which need not be UTF-8.
func (d database) text(buffer js.Value) string {
	array := d.array.New(buffer)
	b := make([]byte, array.Length())
	js.CopyBytesToGo(b, array)
	return string(b)
}

// classify gives a failure of the database its kind and words for strangers.
// JavaScript has the code of SQLite at the end of its message and nowhere else.
func classify(err js.Error) error {
	message := err.Error()
	switch {
	case strings.Contains(message, "SQLITE_TOOBIG"):
		return fault.Wrap(err, fault.TooLarge, "This is too large for the server's store.")
	case strings.Contains(message, "SQLITE_FULL"):
		return fault.Wrap(err, fault.Unavailable, "The server's store is full. Try again later.")
	}
	return fault.Wrap(err, fault.Unavailable, "The server's store cannot be used now. Try again later.")
}
