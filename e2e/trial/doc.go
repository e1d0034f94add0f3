// Package trial is what every target has to stand:
//
//	races.go    many at once: one winner, and no answer goes astray
//	crash.go    killed under load: nothing acknowledged is lost
//	holding.go  what one client holds then, and how it is checked
//	login.go    logins at a provider elsewhere
package trial
