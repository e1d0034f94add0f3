// Package backends tests a server whose backends are configured, as its
// operator and the clients of people meet it: with servers elsewhere and
// servers that are child processes, blocks of other programs, changes while
// sessions are open, and what the operator is told.
package backends
