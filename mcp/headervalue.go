package mcp

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// DecodeHeader returns what the value of an Mcp-Name or Mcp-Param header
// stands for: itself, or what it wraps in "=?base64?…?=" because a header
// could not hold it. It reports false for a wrapping that holds no base64.
func DecodeHeader(value string) (string, bool) {
	wrapped, ok := strings.CutPrefix(value, "=?base64?")
	if !ok {
		return value, true
	}
	if wrapped, ok = strings.CutSuffix(wrapped, "?="); !ok {
		return value, true
	}
	s, err := base64.StdEncoding.Strict().DecodeString(wrapped)
	return string(s), err == nil
}

// HeaderMatches reports whether the value of a header says the same as a
// member of the body: as text for a string, as a number for an integer, and
// true or false for a boolean. Other values cannot be in a header.
func HeaderMatches(value string, member jsontext.Value) bool {
	text, ok := DecodeHeader(value)
	if !ok {
		return false
	}
	switch member.Kind() {
	case '"':
		s, err := unquote(member)
		return err == nil && s == text
	case 't', 'f':
		return text == string(member)
	case '0':
		want, ok := integer(string(member))
		got, same := integer(text)
		return ok && same && got == want
	}
	return false
}

// integer reads a JSON number that is an integer and that every client can
// hold exactly (RFC 8259, section 6).
func integer(s string) (float64, bool) {
	if v := jsontext.Value(s); v.Kind() != '0' || !v.IsValid() {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && f == math.Trunc(f) && math.Abs(f) <= 1<<53-1
}

// EncodeHeader returns the value of an Mcp-Name or Mcp-Param header that stands
// for text: itself, or wrapped in "=?base64?…?=" if a header cannot hold it
// unharmed.
func EncodeHeader(text string) string {
	if plainHeader(text) {
		return text
	}
	return "=?base64?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?="
}

// plainHeader reports whether text can be the value of a header (RFC 9110,
// section 5.5), and is not taken for a wrapping.
func plainHeader(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return strings.TrimSpace(text) == text && !strings.HasPrefix(text, "=?base64?")
}
