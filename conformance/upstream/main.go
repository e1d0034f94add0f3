// Command upstream is the fixture of the conformance suite alone, as a server
// behind a gateway.
package main

import (
	"gatehouse/conformance/fixture"
	"gatehouse/e2e/upstream"
)

func main() { upstream.Main(fixture.Server()) }
