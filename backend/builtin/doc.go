// Package builtin holds the tools that are Go functions of this process.
//
// [Tools] is a set of typed functions. A call goes straight to the function:
//
//	params -> arguments -> shape (is it what the schema says?) -> In
//	       -> the function -> Out -> result
//
// The schema that clients read and the shape that arguments are held to are
// made from the same Go type when the tool is made, so one cannot be stricter
// than the other, and a call builds no map of what it reads.
package builtin
