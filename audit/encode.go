package audit

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// appendJSON appends the event as one line of JSON without its line end. It is
// written by hand because it runs twice for each call.
func (e *Event) appendJSON(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = e.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	for _, member := range [...]struct{ name, text string }{
		{`,"phase":`, string(e.Phase)},
		{`,"request":`, e.Request},
		{`,"subject":`, e.Subject},
		{`,"name":`, e.Name},
		{`,"client":`, e.ClientID},
		{`,"grant":`, e.Grant},
		{`,"action":`, e.Action},
		{`,"backend":`, e.Backend},
		{`,"target":`, e.Target},
		{`,"outcome":`, string(e.Outcome)},
		{`,"error":`, e.Error},
	} {
		if member.text != "" {
			b = append(b, member.name...)
			b = appendQuoted(b, member.text)
		}
	}
	if e.Duration != 0 {
		b = append(b, `,"ms":`...)
		b = strconv.AppendFloat(b, float64(e.Duration)/float64(time.Millisecond), 'f', 3, 64)
	}
	return append(b, '}')
}

// appendQuoted appends s as a JSON string. Whatever does not show is escaped,
// also where JSON would not ask for it: the record is read in terminals, which
// obey control characters, and by people, whom marks of direction mislead.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	plain := 0 // from where on s is not appended yet
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		invalid := r == utf8.RuneError && size == 1
		if r < utf8.RuneSelf || invalid || !unicode.IsPrint(r) {
			b = append(b, s[plain:i]...)
			b = appendEscaped(b, r)
			plain = i + size
		}
		i += size
	}
	b = append(b, s[plain:]...)
	return append(b, '"')
}

func appendEscaped(b []byte, r rune) []byte {
	if r == '"' || r == '\\' {
		return append(b, '\\', byte(r))
	}
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return appendUnit(appendUnit(b, high), low)
	}
	return appendUnit(b, r)
}

func appendUnit(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
