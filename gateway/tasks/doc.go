// Package tasks gives the tasks of servers to the persons who began them.
//
// Tasks outlive the call that began them, and later requests name them by an
// id that says nothing of where they run, or whose they are. A server that
// knows the host and not the person takes it from anybody. So clients see
//
//	server:tag:id
//
// with a tag that only the host can make, for this person, server and id.
// Nothing must be remembered, and no server learns the ids of another's tasks.
// An id with any other tag reads like that of no task.
//
//	request -> Find: a method of its revision, and the server of the id
//	        -> IDs.Request: the server's own ids, if they are this person's
//	        -> the server
//	client  <- IDs.Result, IDs.Client, IDs.Note: the ids as the person sees them
package tasks
