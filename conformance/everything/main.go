// Command everything is a gatehouse whose only backend is the fixture of the
// official conformance suite.
package main

import (
	"gatehouse"
	"gatehouse/conformance/fixture"
)

func main() {
	gatehouse.Main(gatehouse.Server("fixture", fixture.Server()).Prefix(""))
}
