// Package gatehouse serves tools written in Go to MCP clients anywhere, behind
// its own OAuth.
//
//	type Pair struct {
//		A float64 `json:"a" jsonschema:"the first number"`
//		B float64 `json:"b" jsonschema:"the second number"`
//	}
//
//	type Sum struct {
//		Sum float64 `json:"sum"`
//	}
//
//	func add(ctx context.Context, in Pair) (Sum, error) { return Sum{in.A + in.B}, nil }
//
//	var math = gatehouse.Tools("math",
//		gatehouse.Tool("add", "Adds two numbers.", add, gatehouse.ReadOnly()),
//	)
//
// A function learns who calls it from [Caller], and talks to the client while
// it works with [Progress] and [Log].
package gatehouse
