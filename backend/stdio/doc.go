// Package stdio runs MCP servers as child processes, and is the
// [client.Dialer] of lines to them.
//
//	Dial -> limits, back-off -> process -> line
//	line.Send    -> outbox -> writer -> its standard input
//	line.Receive <- reader <- its standard output, a message a line
//	the log      <- stderr <- its standard error
//
// Each line is a process of its own. What the process starts in turn is its
// family, which ends with it: by its process group and session, and on Linux
// also by a mark in the environment that it inherits, for those who have left
// both. What holds on which system is said in family_*.go.
//
// A process ends when its line is closed, when it is idle, when it breaks a
// bound, or on its own. The next Dial starts another; after early deaths only
// when a while has passed. Nobody waits for that: Dial says so at once.
package stdio
