// Package worker tries the Worker in the real runtime: the command is built to
// wasm, plain workerd runs it in a Durable Object, and clients and people come
// by its port.
//
//	start_test.go   builds the program and starts workerd around it
//	client_test.go  the requests of a client
//	door_test.go    what the front door makes of requests that no client sends
//	road_test.go    from the home page to the result of a tool, in both eras
//	stream_test.go  bodies both ways while they are made, clients that go away
//	crowd_test.go   many open streams in one object
//	fetch_test.go   documents that the program fetches elsewhere
//	panic_test.go   what an object does when its program dies, or may not start
//	lasting_test.go a Worker that is killed and started again
//	restart_test.go what outlives the runtime, killed between any two requests
//	crash_test.go   the same under load (../trial)
//	race_test.go    many at once (../trial)
//	login_test.go   logins at providers, in a Worker as it is deployed (../trial)
//	sweep_test.go   records that expire are removed, though nobody asks
//	new_test.go     a project that gatehouse new began, on a machine and bundled for the Worker
//	shards_test.go  people in several objects, and one object that becomes several
//	shards_race_test.go two objects are told the same at once
//	places_test.go  what each of several objects keeps, and when it starts
//	operator_test.go the command line sees and ends what is in all of them
//	figures_test.go how fast to start, how many calls, how much memory in all
//	size_test.go    how large, as wrangler would upload it
//	memory_test.go  what a program keeps: that it stays so, and goes with its object
//	trouble/        a command with tools that take their time, and one that dies
//
// The tests are skipped unless GATEHOUSE_E2E is set. They need npm ci in worker.
package worker
