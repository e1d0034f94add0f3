// Package assemble makes the parts of a host of what the operator and main
// decided, wherever the host runs. What only one target has, such as its
// store, the entry point of that target adds.
//
//	config.Config -> Settings  -> host.Config
//	              -> Providers -> host.Parts
//	              -> Backends  -> host.Parts, and again when the file changes
package assemble
