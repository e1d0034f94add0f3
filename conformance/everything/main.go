// Command everything is a gatehouse whose only backend is the fixture of the
// official conformance suite.
package main

import (
	"gatehouse"
	"gatehouse/conformance/fixture"
	"gatehouse/sdk"
)

func main() {
	gatehouse.Main(sdk.Server("fixture", fixture.Server()).Prefix(""))
}
