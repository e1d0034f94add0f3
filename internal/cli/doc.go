// Package cli is the command line of the native target: it reads flags and the
// configuration, chooses the drivers, and hands them to the host.
//
//	Main -> run(ctx, args, …) -> one file per subcommand -> host.New
package cli
