// Command host is a gatehouse with no backend but those of its configuration.
package main

import "gatehouse"

func main() { gatehouse.Main() }
