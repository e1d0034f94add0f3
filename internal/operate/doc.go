// Package operate carries out what an operator orders: to list and to end
// clients, grants, sessions and personal access tokens.
//
//	command line -> Records                          a store on this machine
//	command line -> Client -> Endpoint -> Records    a Worker, in each object
//
// Both ways the same lines do the work, so that what an operator reads and
// ends is the same wherever the records are.
package operate
