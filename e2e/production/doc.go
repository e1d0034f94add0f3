// Package production tries the built command as an operator runs it: `serve`
// with a configuration file, TLS, real logins and clients that authenticate.
//
//	process_test.go       starts the command with a file, runs others beside it
//	client_test.go        a client, from its registration to a call
//	certificate_test.go   an authority of certificates
//	tls_test.go           TLS by files, HTTP/2, a stream
//	account_test.go       accounts with a password
//
// Nothing but Go is needed, nothing leaves the machine, and every port is a
// free one.
package production
