// Package authorize leads a person from a client's request to a grant.
//
//	/authorize                     -> validate -> Request, kept under a handle
//	/authorize/{request}           -> log in, or consent
//	/authorize/{request}/login/…   -> login.Provider -> session
//	/authorize/{request}/consent   -> Grant with a code -> back to the client
//
// Nothing of the request travels through the browser once it is validated. The
// browser holds a handle, in the URL, and a cookie that says it is the browser
// that the handle was made for; both are needed at every step. Consent is
// asked every time: an application that knows a client_id which somebody
// approved once must not get a code without a word.
//
// The routes, under the path of the issuer:
//
//	GET  /authorize                            Authorize
//	POST /authorize                            Authorize
//	GET  /authorize/{request}                  Step
//	POST /authorize/{request}/login/{provider} LogIn
//	GET  /authorize/{request}/login/{provider} Leave
//	GET  /login/callback/{provider}            Return
//	POST /authorize/{request}/switch           Switch
//	POST /authorize/{request}/consent          Decide
//	POST /logout                               LogOut
//
// Their failures are for people: render them with web.Pages.Error.
package authorize
