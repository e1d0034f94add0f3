// Package native tries the built command as a process: it is killed, starved,
// raced and fed with garbage, and has to keep what it said.
//
//	process_test.go    starts the command, stops it, judges its log
//	crash_test.go      killed under load, and while it starts
//	race_test.go       many at once: one winner, and no answer goes astray
//	fault_test.go      a locked store, a full disk, a broken record of calls
//	shutdown_test.go   told to end: what runs is finished first
//	vanish_test.go     clients that go away, and what they leave behind
//	bytes_test.go      hostile bytes, connections that say nothing or speak slowly
//	memory_test.go     many calls and sessions cost no memory that stays
//	slowserver/        a command with a tool that takes its time
//
// Nothing but Go is needed, nothing leaves the machine, and every port is a
// free one. GOFLAGS=-race builds the command with the race detector as well.
package native
