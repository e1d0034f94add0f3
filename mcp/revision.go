package mcp

import "slices"

// Revision is a published revision of the protocol, by its date. Revisions
// compare as strings.
type Revision string

// The revisions that the host serves.
const (
	R20241105 Revision = "2024-11-05"
	R20250326 Revision = "2025-03-26"
	R20250618 Revision = "2025-06-18"
	R20251125 Revision = "2025-11-25"
	R20260728 Revision = "2026-07-28"
)

var revisions = []Revision{R20260728, R20251125, R20250618, R20250326, R20241105}

// Revisions returns every revision served, newest first.
func Revisions() []Revision { return slices.Clone(revisions) }

// Known reports whether the host serves r.
func (r Revision) Known() bool { return slices.Contains(revisions, r) }

// Modern reports whether r is of the stateless kind that began with
// 2026-07-28. The revisions before it, with initialize and sessions, are
// called legacy.
func (r Revision) Modern() bool { return r >= R20260728 }

// Negotiate answers the revision that a client asked for in initialize: that
// one if it is a legacy revision we serve, else the newest legacy one
// (2025-11-25, lifecycle, "Version Negotiation").
func Negotiate(asked Revision) Revision {
	if asked.Known() && !asked.Modern() {
		return asked
	}
	return R20251125
}
