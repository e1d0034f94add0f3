// Package client speaks to another MCP server, whatever its revision and
// transport.
package client
