package store

import (
	"crypto/hmac"
	"crypto/sha256"
)

// tagSize is how many bytes of the digest a tag has. Who guesses one must ask
// each time, so that half of it is enough.
const tagSize = sha256.Size / 2

// Tag returns a keyed digest of a name for a purpose (HMAC-SHA-256, cut in
// half). It is the same each time, and nobody can make one without the key.
func (k *Keyring) Tag(purpose, name string) []byte { return tag(k.keys[0], purpose, name) }

// Tagged reports whether a tag is what [Keyring.Tag] returns for the two, now
// or while another key of the ring stood in front.
func (k *Keyring) Tagged(purpose, name string, got []byte) bool {
	for _, key := range k.keys {
		if hmac.Equal(tag(key, purpose, name), got) {
			return true
		}
	}
	return false
}

func tag(key Key, purpose, name string) []byte {
	mac := hmac.New(sha256.New, subkey(key, "gatehouse tag 1 "+purpose))
	mac.Write(boundTo(key.id, purpose, name))
	return mac.Sum(nil)[:tagSize]
}
