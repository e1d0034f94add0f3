// Command NAME serves tools to MCP clients, behind its own login. Put your own
// tools in the place of greet.
package main

import (
	"context"
	"errors"

	"gatehouse"
)

type name struct {
	Name string `json:"name" jsonschema:"whom to greet"`
}

type greeting struct {
	Text string `json:"text"`
}

// greet is a tool. Its schemas are made from its types, and the model reads
// what its error says.
func greet(_ context.Context, in name) (greeting, error) {
	if in.Name == "" {
		return greeting{}, errors.New("an empty name: say whom to greet")
	}
	return greeting{"Hello, " + in.Name + "!"}, nil
}

func tools() *gatehouse.Backend {
	return gatehouse.Tools("hello",
		gatehouse.Tool("greet", "Greets somebody.", greet, gatehouse.ReadOnly()),
	).Describe("hello", "Be greeted")
}

func main() { gatehouse.Main(tools()) }
