package pins

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// compare holds tools to the pins, and returns the pins as they then are. A
// name that has two definitions is withheld: one of them was not approved.
func compare(pins Pinned, tools iter.Seq2[string, jsontext.Value], now time.Time) (after Pinned, changed bool) {
	after.Tools = make(map[string]Pin, len(pins.Tools))
	maps.Copy(after.Tools, pins.Tools)
	for name, raw := range tools {
		is := digest(raw)
		was, known := after.Tools[name]
		pin := was
		switch {
		case !known:
			pin = Pin{Approved: is}
		case was.Approved == is:
			pin = Pin{Approved: is} // it is as it was again
		case was.Changed != is:
			pin = Pin{Approved: was.Approved, Changed: is, Definition: raw, Since: now}
		}
		if pin.Approved != was.Approved || pin.Changed != was.Changed {
			after.Tools[name] = pin
			changed = true
		}
	}
	return after, changed
}

// digest is that of a definition, in canonical form (RFC 8785).
func digest(raw jsontext.Value) string {
	canonical := slices.Clone(raw)
	if canonical.Canonicalize() != nil {
		canonical = raw
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
