// Package production tries the built command as an operator runs it: `serve`
// with a configuration file, TLS, real logins and clients that authenticate.
//
//	process_test.go       starts the command with a file, runs others beside it
//	client_test.go        what its clients ask for
//	tls_test.go           TLS by files, HTTP/2, a stream
//	acme_test.go          a certificate by ACME (issuer_test.go)
//	account_test.go       accounts with a password
//	oidc_test.go          logins at a provider elsewhere
//	github_test.go        logins at GitHub
//	confidential_test.go  clients with a secret or a key
//	document_test.go      clients that a document describes
//	personal_test.go      personal tokens
//	proxy_test.go         behind a proxy
//	refuse_test.go        what serve does not start with
//	guide_test.go         the examples of the documents
//
// Nothing but Go is needed, nothing leaves the machine, and every port is a
// free one.
package production
