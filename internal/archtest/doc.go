// Package archtest holds the house to its plan: which package stands on which
// floor, which way imports go, and where each outside library comes in.
//
//	floors_test.go   the plan: a table of floors and their exceptions
//	doors_test.go    the plan: who may import which library
//	source_test.go   reads the sources, for both targets
//	arch_test.go     the checks, pure functions over what was read
//	checks_test.go   the checks against houses that break the plan
//
// It parses the sources itself. A test that asked the go command would be
// cached, and stay green when a file changes.
package archtest
