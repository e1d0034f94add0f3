// Command gatehouse serves a few tools behind its own login. Copy it, and put
// your own tools in their place.
package main

import (
	"context"
	"errors"

	"gatehouse"
)

type pair struct {
	A float64 `json:"a" jsonschema:"the first number"`
	B float64 `json:"b" jsonschema:"the second number"`
}

type number struct {
	Result float64 `json:"result"`
}

func add(_ context.Context, in pair) (number, error)      { return number{in.A + in.B}, nil }
func subtract(_ context.Context, in pair) (number, error) { return number{in.A - in.B}, nil }
func multiply(_ context.Context, in pair) (number, error) { return number{in.A * in.B}, nil }

func divide(_ context.Context, in pair) (number, error) {
	if in.B == 0 {
		return number{}, errors.New("division by zero: b must not be 0")
	}
	return number{in.A / in.B}, nil
}

type person struct {
	Name   string   `json:"name" jsonschema:"who is logged in"`
	Client string   `json:"client" jsonschema:"the program that calls"`
	Scopes []string `json:"scopes" jsonschema:"what it may do"`
}

func whoami(ctx context.Context, _ struct{}) (person, error) {
	caller, ok := gatehouse.Caller(ctx)
	if !ok {
		return person{}, errors.New("nobody is logged in")
	}
	return person{Name: caller.Name, Client: caller.Client, Scopes: caller.Scopes}, nil
}

func main() {
	gatehouse.Main(
		gatehouse.Tools("math",
			gatehouse.Tool("add", "Adds two numbers.", add, gatehouse.ReadOnly()),
			gatehouse.Tool("subtract", "Subtracts b from a.", subtract, gatehouse.ReadOnly()),
			gatehouse.Tool("multiply", "Multiplies two numbers.", multiply, gatehouse.ReadOnly()),
			gatehouse.Tool("divide", "Divides a by b.", divide, gatehouse.ReadOnly()),
		).Prefix("").Describe("math", "Calculate with numbers"),
		gatehouse.Tools("whoami",
			gatehouse.Tool("whoami", "Tells who is logged in, through which client, with which scopes.", whoami, gatehouse.ReadOnly()),
		).Prefix("").Describe("whoami", "See your name, the client and its scopes"),
	)
}
