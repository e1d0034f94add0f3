// Package bounds keeps the calls of one backend within bounds: how many run at
// once, how long each may take, and whether it is worth a try at all. A backend
// that hangs then harms nobody but those who call it.
//
//	Breaker.Lets -> has it answered lately?
//	Gate.Enter   -> a free place, or a turn -> Call
//	Call.Context -> a deadline, which each progress notification moves
//	Call.Ask     -> no place and no deadline while a person is asked
//	Call.End     -> the place goes to whoever is next
//	Breaker.Answered, Breaker.Failed, Breaker.TimedOut <- what came of it
//
// It knows neither what is called nor why a call failed: of the one who calls it
// needs the name, to be fair among persons.
package bounds
