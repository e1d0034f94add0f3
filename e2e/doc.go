// Package e2e tries the built command with what people use: the MCP
// Inspector, mcp-remote, the SDKs, a strict OAuth client and a browser.
//
//	server/            starts `gatehouse dev` in a folder of its own
//	person/            logs in and approves, for clients without a browser
//	node/              runs the tools that package.json pins
//	native/            kills, starves and races the command, without Node
//	*_test.go, *.mjs   a file per client
//
// The scripts check what they see themselves and end with a failure if it is
// not so; the Go tests start them and show what they said. Nothing leaves the
// machine, and every port is a free one.
//
// The tests run when GATEHOUSE_E2E is set, after `npm ci` in this folder; those
// of native always.
package e2e
