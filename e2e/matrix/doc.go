// Package matrix tests that a client of any revision can use a backend of any
// revision, through the host:
//
//	mcp/client, held to a revision -> host -> server of the official SDK, held to another
//
// Each feature is tried in each of the twenty-five pairs, and the table is
// printed. The tests need GATEHOUSE_E2E.
package matrix
