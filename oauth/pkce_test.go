package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
)

func TestVerifyPKCE(t *testing.T) {
	// The example of RFC 7636, appendix B.
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	s256 := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	longest := strings.Repeat("a", 128)
	tests := []struct {
		name      string
		challenge string
		verifier  string
		want      bool
	}{
		{"the example of the standard", challenge, verifier, true},
		{"the longest verifier", s256(longest), longest, true},
		{"every unreserved mark", s256(verifier + "-._~"), verifier + "-._~", true},

		{"another verifier", challenge, strings.Repeat("a", 43), false},
		{"no verifier", challenge, "", false},
		{"no challenge", "", verifier, false},
		{"neither", "", "", false},
		{"the challenge as verifier", challenge, challenge, false},
		{"plain", verifier, verifier, false},
		{"too short", s256(verifier[:42]), verifier[:42], false},
		{"too long", s256(longest + "a"), longest + "a", false},
		{"a reserved character", s256(verifier + "+"), verifier + "+", false},
		{"NUL", s256(verifier + "\x00"), verifier + "\x00", false},
		{"NUL inside", s256("a\x00" + verifier), "a\x00" + verifier, false},
		{"not ASCII", s256(verifier + "é"), verifier + "é", false},
		{"padded challenge", challenge + "=", verifier, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := VerifyPKCE(tt.challenge, tt.verifier); got != tt.want {
				t.Errorf("VerifyPKCE(%q, %q) = %v, want %v", tt.challenge, tt.verifier, got, tt.want)
			}
		})
	}
}

func TestValidChallenge(t *testing.T) {
	good := strings.Repeat("aZ0-_", 9)[:43]
	tests := []struct {
		name string
		in   string
		want bool
	}{
		{"base64url", good, true},
		{"empty", "", false},
		{"one less", good[1:], false},
		{"one more", good + "a", false},
		{"padding", good[1:] + "=", false},
		{"standard base64", good[1:] + "+", false},
		{"a slash", "/" + good[1:], false},
		{"a space", good[:20] + " " + good[21:], false},
		{"a newline", good[:42] + "\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ValidChallenge(tt.in); got != tt.want {
				t.Errorf("ValidChallenge(%q) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzVerifyPKCE(f *testing.F) {
	f.Add("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	f.Fuzz(func(t *testing.T, challenge, verifier string) {
		sum := sha256.Sum256([]byte(verifier))
		same := base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
		if got := VerifyPKCE(challenge, verifier); got != (same && ValidVerifier(verifier)) {
			t.Errorf("VerifyPKCE(%q, %q) = %v", challenge, verifier, got)
		}
	})
}
