// Command hosted is a host with one server of the official Go SDK in process.
package main

import (
	"gatehouse"
	"gatehouse/bench/addserver"
)

func main() {
	gatehouse.Main(gatehouse.Server("math", addserver.New()))
}
