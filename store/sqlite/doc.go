// Package sqlite keeps items in a file, for a host on one machine.
//
//	Swap -> queue -> one writer    \
//	                                > gatehouse.db, in WAL mode
//	Get, Scan -> a few readers     /
//
// A write is on the disk when it returns (synchronous=FULL). Those that wait
// for the writer at the same time share one trip to the disk. Several processes
// may have the file open: SQLite's locks order their writes, and who has to
// wait for another's longer than a few seconds gets fault.Unavailable.
package sqlite
