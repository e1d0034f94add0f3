package web

import (
	"errors"
	"net/http"

	"gatehouse/internal/fault"
	"gatehouse/internal/httpx"
)

// Problem is a failure that a person reads on a page of its own. All but Err
// leaves the process.
type Problem struct {
	Kind    error // one of package fault
	Heading string
	What    string // happened
	Do      string // what the reader can do
	Err     error  // for the operator's log
}

func (p *Problem) Error() string {
	if p.Err != nil {
		return p.What + ": " + p.Err.Error()
	}
	return p.What
}

// Unwrap yields the kind and the cause.
func (p *Problem) Unwrap() []error {
	if p.Err == nil {
		return []error{p.Kind}
	}
	return []error{p.Kind, p.Err}
}

// Error draws a failure as a page. It is an [httpx.Renderer].
func (p Pages) Error(w http.ResponseWriter, r *http.Request, err error) {
	problem, ok := errors.AsType[*Problem](err)
	if !ok {
		problem = problemOf(err)
	}
	p.Message(w, httpx.Status(err), Message{
		Heading:   problem.Heading,
		What:      problem.What,
		Do:        problem.Do,
		RequestID: httpx.RequestID(r.Context()),
	})
}

// problemOf finds words for a failure that has few of its own.
func problemOf(err error) *Problem {
	problem := &Problem{What: fault.Public(err)}
	switch {
	case errors.Is(err, fault.NotFound):
		problem.Heading = "There is nothing here"
		if _, worded := errors.AsType[*fault.Error](err); !worded {
			problem.What = "This server has no page at this address."
		}
		problem.Do = "Begin at the home page, or check the address."
	case errors.Is(err, fault.TooMany):
		problem.Heading = "Too many requests"
		problem.Do = "Wait a few minutes, then try again."
	case errors.Is(err, fault.Unavailable):
		problem.Heading = "Not available at the moment"
		problem.Do = "Try again in a moment. If it persists, give the operator the request id."
	case httpx.Status(err) < http.StatusInternalServerError:
		problem.Heading = "This request was refused"
	default:
		problem.Heading = "Something went wrong here"
	}
	return problem
}
