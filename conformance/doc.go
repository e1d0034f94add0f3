// Package conformance runs the official MCP conformance suite against the
// host.
//
//	suite -> loopback proxy that adds the token -> host -> fixture
//
// The suite cannot log in, so the proxy does for it what a client would do:
// it sends the access token with each request. Everything else is the host's
// own way, guard included. All is asked twice: of the host on this machine,
// and of the same host as a Worker.
//
// What is left out, and why:
//
//   - server-sse-polling, pending in 2025-11-25: the fixture's tool closes the
//     stream of its call through the SDK's HTTP transport. A server that is
//     hosted in process has no such stream, so the tool cannot close it. The
//     suite then finds nothing to examine.
//   - tasks-status-notifications: the suite skips it itself, whoever is
//     examined, until it can listen on the subscription stream.
//   - the skills extension (sep-2640): neither the SDK nor the fixture has it.
//
// The SDK does not know tasks either, but a fixture can have them: their
// methods are custom ones, and a middleware answers a call with a task.
//
// The tests need the packages of e2e and of worker (npm ci), and GATEHOUSE_E2E.
package conformance
