// Package login knows who sits at the browser: the session, and the ways in
// which people prove who they are.
//
//	page -> Form.Verify -> Person -> Sessions.Begin
//	page -> Away.Start -> elsewhere -> Away.Finish -> Person -> Sessions.Begin
//
// A [Form] takes a name and a password on a page of ours. An [Away] sends the
// browser to somebody who knows the person; what must be remembered until it
// comes back is a [Flight]. Package authorize draws the pages and leads
// through them; the packages under oauth/idp are the providers.
package login
