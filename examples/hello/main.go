// Command hello greets people.
//
//	go run ./examples/hello dev
package main

import (
	"context"

	"gatehouse"
)

type name struct {
	Name string `json:"name" jsonschema:"whom to greet"`
}

type greeting struct {
	Text string `json:"text"`
}

func greet(_ context.Context, in name) (greeting, error) {
	return greeting{"Hello, " + in.Name + "!"}, nil
}

func main() {
	gatehouse.Main(gatehouse.Tools("hello", gatehouse.Tool("greet", "Greets somebody.", greet)))
}
