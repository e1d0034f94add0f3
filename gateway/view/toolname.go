package view

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// longestName is how long the name of a tool may be for every client: the
// protocol allows 128 characters, the interfaces of models 64.
const longestName = 64

// mark stands before the digest in a name that was mended.
const mark = "__"

// digits is how much of the digest a mended name carries, in hex.
const digits = 10

// ToolName returns the name of a tool as every client takes it. The protocol
// (2025-11-25, tools, "Tool Names") allows dots, too, and some servers use
// slashes and spaces; but the interfaces of models want ^[a-zA-Z0-9_-]{1,64}$,
// and a client that passes another name on loses all its tools, not only that
// one.
//
// A name that is good stays as it is. In any other one what is not allowed
// becomes "_", and a digest of the whole name follows: the result depends on
// the name alone, and no two names have the same.
func ToolName(name string) string {
	if isGood(name) && !looksMended(name) {
		return name
	}
	var b strings.Builder
	for _, c := range name {
		if b.Len() == longestName-len(mark)-digits {
			break
		}
		if !allowed(c) {
			c = '_'
		}
		b.WriteRune(c)
	}
	return b.String() + mark + digest(name)
}

func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:digits]
}

func isGood(name string) bool {
	return name != "" && len(name) <= longestName && strings.IndexFunc(name, func(c rune) bool { return !allowed(c) }) < 0
}

// looksMended reports whether a name ends as a mended one does. To be told
// from those, it is mended, too.
func looksMended(name string) bool {
	at := len(name) - digits - len(mark)
	return at >= 0 && name[at:at+len(mark)] == mark && strings.Trim(name[at+len(mark):], "0123456789abcdef") == ""
}

func allowed(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// AnyName returns a name that no client holds to rules: that of a prompt.
func AnyName(name string) string { return name }
