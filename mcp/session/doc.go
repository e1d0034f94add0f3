// Package session keeps what a legacy client was told to be remembered by: the
// session that initialize opens (2025-11-25, transports, "Session Management").
//
//	legacy -> Store.Find -> memory, else the table
//
// A session is a record in the store, so it survives a restart and any
// instance goes on with it. What is in use is also in memory, where a request
// costs no access to the store. A session belongs to the person who opened it:
// for anybody else it is not there.
package session
