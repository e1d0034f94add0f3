package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

const idLength = 43 // 256 bits in base64, which is visible ASCII as ids must be

func newID() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// person is what the keys of all of a person's sessions begin with.
func person(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return base64.RawURLEncoding.EncodeToString(sum[:16]) + "/"
}

// key is where a session is kept: under its person, and under a hash, so that
// who reads the store cannot go on with the session.
func key(subject, id string) string {
	sum := sha256.Sum256([]byte(id))
	return person(subject) + base64.RawURLEncoding.EncodeToString(sum[:])
}
