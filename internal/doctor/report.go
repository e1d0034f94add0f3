package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// report prints the findings and remembers what to fix first.
type report struct {
	out    io.Writer
	broken string // what to do about the first thing that stops clients
	odd    string // what to do about the first thing that some stumble over
	short  string // why the walk ended before the tools, if it did
}

// finding prints one line of the report. All that a server said is in args,
// and is made safe for a terminal.
func (r *report) finding(mark, step, format string, args ...any) {
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			args[i] = clean(arg)
		case error:
			args[i] = clean(arg.Error())
		}
	}
	fmt.Fprintf(r.out, "%s %-14s %s\n", mark, step, fmt.Sprintf(format, args...))
}

// fine is a step as it should be.
func (r *report) fine(step, format string, args ...any) { r.finding("✓", step, format, args...) }

// skip is a step that was not taken.
func (r *report) skip(step, format string, args ...any) { r.finding("–", step, format, args...) }

// stumble is something that some clients stumble over.
func (r *report) stumble(step, fix, format string, args ...any) {
	r.finding("!", step, format, args...)
	if r.odd == "" {
		r.odd = oneLine(fix)
	}
}

// fail is something that stops clients.
func (r *report) fail(step, fix, format string, args ...any) {
	r.finding("✗", step, format, args...)
	if r.broken == "" {
		r.broken = oneLine(fix)
	}
}

// conclude prints the one sentence that says what to do.
func (r *report) conclude() error {
	switch {
	case r.broken != "":
		fmt.Fprintf(r.out, "\nFix first: %s\n", r.broken)
		return ErrBroken
	case r.odd != "":
		fmt.Fprintf(r.out, "\nMost clients get through. Mend first: %s\n", r.odd)
	case r.short != "":
		fmt.Fprintf(r.out, "\nNothing to fix as far as this went: %s\n", r.short)
	default:
		fmt.Fprint(r.out, "\nNothing to fix: a client gets through to the tools.\n")
	}
	return nil
}

// clean makes words of a stranger fit for a line of a terminal.
func clean(s string) string {
	const most = 200
	s = oneLine(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return s
}

// oneLine takes out what moves a terminal's cursor or changes its colours.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
