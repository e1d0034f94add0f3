package config

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Secret is a string that cannot be printed by accident.
type Secret string

// String hides the secret.
func (Secret) String() string { return "REDACTED" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "REDACTED" }

// LogValue hides the secret from the log.
func (Secret) LogValue() slog.Value { return slog.StringValue("REDACTED") }

// MarshalText hides the secret where a configuration is shown, as JSON, YAML
// or in the log.
func (Secret) MarshalText() ([]byte, error) { return []byte("REDACTED"), nil }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Duration is written as 90s, 15m, 12h or 30d.
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// ParseDuration reads a duration such as 90s, 15m, 12h or 30d. It must be
// longer than nothing.
func ParseDuration(s string) (time.Duration, error) {
	unit := time.Duration(1)
	text := s
	if days, found := strings.CutSuffix(s, "d"); found {
		text, unit = days+"h", 24
	}
	v, err := time.ParseDuration(text)
	if strings.Trim(s, "0123456789") == "" && strings.Trim(s, "0") != "" {
		return 0, fmt.Errorf("%q has no unit: write %sms or %ss, whichever is meant", s, s, s)
	}
	if err != nil || v <= 0 {
		return 0, fmt.Errorf("%q is no duration: write one like 90s, 15m, 12h or 30d", s)
	}
	if v > 100*365*24*time.Hour/unit {
		return 0, fmt.Errorf("%q is longer than a hundred years", s)
	}
	return v * unit, nil
}

// Size is a number of bytes, written as 4096, 32KiB, 4MiB or 1GiB.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	v, err := parseSize(string(text))
	*s = v
	return err
}

func parseSize(text string) (Size, error) {
	number, unit := text, int64(1)
	for i, suffix := range []string{"KiB", "MiB", "GiB"} {
		if n, found := strings.CutSuffix(text, suffix); found {
			number, unit = strings.TrimSpace(n), 1<<(10*(i+1))
		}
	}
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil || v <= 0 || v > (1<<50)/unit {
		return 0, fmt.Errorf("%q is no size: write one like 4096, 32KiB, 4MiB or 1GiB", text)
	}
	return Size(v * unit), nil
}
