package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

const (
	challengeLength = 43 // a SHA-256 in base64url without padding
	verifierMin     = 43 // RFC 7636, section 4.1
	verifierMax     = 128

	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// ValidChallenge reports whether s has the form of a code challenge of method
// S256, the only one there is here (RFC 7636, section 4.2).
func ValidChallenge(s string) bool {
	return len(s) == challengeLength && strings.Trim(s, letters) == ""
}

// ValidVerifier reports whether s has the form of a code verifier.
func ValidVerifier(s string) bool {
	return len(s) >= verifierMin && len(s) <= verifierMax && strings.Trim(s, letters+".~") == ""
}

// VerifyPKCE reports whether the verifier belongs to the challenge under S256.
// It takes the same time whichever byte differs. A challenge or verifier that
// is missing or malformed never matches.
func VerifyPKCE(challenge, verifier string) bool {
	if !ValidChallenge(challenge) || !ValidVerifier(verifier) {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(made), []byte(challenge)) == 1
}
