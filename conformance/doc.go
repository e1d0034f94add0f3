// Package conformance runs the official MCP conformance suite against the
// host.
//
//	suite -> loopback proxy that adds the token -> host -> fixture
//
// The suite cannot log in, so the proxy does for it what a client would do:
// it sends the access token with each request. Everything else is the host's
// own way, guard included.
//
// The tests need the packages of e2e (npm ci) and GATEHOUSE_E2E.
package conformance
