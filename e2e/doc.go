// Package e2e tries the built command with what people use: the MCP
// Inspector, mcp-remote, the SDKs, a strict OAuth client and a browser. Each
// of them tries it natively and as a Worker, by the same test.
//
//	server/            starts `gatehouse dev` in a folder of its own
//	workerd/           starts it in the Workers runtime
//	person/            logs in and approves, for clients without a browser
//	road/              is a client that shows every request
//	provider/          plays providers of logins, authority/ one of certificates
//	node/              runs the tools that package.json pins
//	trial/             what both targets have to stand: races, crashes, logins
//	native/            kills, starves and races the command, without Node
//	worker/            does so with the Worker, and looks at what only it has
//	production/        runs it as operators do, with real logins
//	*_test.go, *.mjs   a file per client
//
// The scripts check what they see themselves and end with a failure if it is
// not so; the Go tests start them and show what they said. Nothing leaves the
// machine, and every port is a free one.
//
// The tests run when GATEHOUSE_E2E is set, after `npm ci` in this folder and in
// that of the Worker; those of native and production always.
package e2e
