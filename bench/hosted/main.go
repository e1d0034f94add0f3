// Command hosted is a host with one server of the official Go SDK in process.
package main

import (
	"gatehouse"
	"gatehouse/bench/addserver"
	"gatehouse/sdk"
)

func main() {
	gatehouse.Main(sdk.Server("math", addserver.New()))
}
