package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"gatehouse/internal/fault"
)

// Keyring seals values worth stealing, so that who reads the store cannot read
// them (AES-256-GCM). It is not kept in the store itself.
//
// A sealed value is bound to a purpose and a name: moved to another record it
// no longer opens. It reads as
//
//	1, length of the key's id, the key's id, nonce, ciphertext, tag
type Keyring struct {
	keys []Key // the first seals, all open

	mu      sync.RWMutex
	ciphers map[use]cipher.AEAD
}

// use is what one derived key is for.
type use struct{ key, purpose string }

// sealEdition is the first byte of what a Keyring seals.
const sealEdition = 1

// NewKeyring returns a key ring. The first key seals and all of them open, so
// a new key is put in front and an old one stays until nothing is sealed with
// it. It panics without a key.
func NewKeyring(keys ...Key) *Keyring {
	if len(keys) == 0 {
		panic("store: a key ring without a key")
	}
	return &Keyring{keys: keys, ciphers: make(map[use]cipher.AEAD)}
}

// Seal encrypts plain for a purpose, a constant such as "vault", under the name
// of the record that will hold it. [Keyring.Open] wants the same two.
func (k *Keyring) Seal(purpose, name string, plain []byte) []byte {
	key := k.keys[0]
	head := append([]byte{sealEdition, byte(len(key.id))}, key.id...)
	return k.cipher(key, purpose).Seal(head, nil, plain, boundTo(key.id, purpose, name))
}

// Open decrypts what [Keyring.Seal] returned. It fails with fault.Invalid if
// the value was altered, belongs to another purpose or name, or was sealed
// with a key that is not on the ring.
func (k *Keyring) Open(purpose, name string, sealed []byte) ([]byte, error) {
	id, rest, ok := cutHead(sealed)
	if !ok {
		return nil, fault.New(fault.Invalid, "This is not a sealed value.")
	}
	for _, key := range k.keys {
		if key.id != id {
			continue
		}
		plain, err := k.cipher(key, purpose).Open(nil, nil, rest, boundTo(id, purpose, name))
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "This sealed value was altered, or belongs elsewhere.")
		}
		return plain, nil
	}
	return nil, fault.New(fault.Invalid, "This value was sealed with a key that is not here.")
}

// cutHead parts the id of the key from what it encrypted.
func cutHead(sealed []byte) (id string, rest []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != sealEdition {
		return "", nil, false
	}
	length, rest := int(sealed[1]), sealed[2:]
	if len(rest) < length {
		return "", nil, false
	}
	return string(rest[:length]), rest[length:], true
}

// cipher returns the cipher of the key for the purpose. Each purpose has a key
// of its own (RFC 5869), so a flaw in one use does not open the others.
func (k *Keyring) cipher(key Key, purpose string) cipher.AEAD {
	u := use{key.id, purpose}
	k.mu.RLock()
	aead := k.ciphers[u]
	k.mu.RUnlock()
	if aead == nil {
		aead = derive(key, purpose)
		k.mu.Lock()
		k.ciphers[u] = aead
		k.mu.Unlock()
	}
	return aead
}

// derive cannot fail: the lengths, which alone could be wrong, are constants.
func derive(key Key, purpose string) cipher.AEAD {
	block, err := aes.NewCipher(subkey(key, "gatehouse seal 1 "+purpose))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// subkey cannot fail: the lengths, which alone could be wrong, are constants.
func subkey(key Key, use string) []byte {
	secret, err := hkdf.Key(sha256.New, key.secret[:], nil, use, len(key.secret))
	if err != nil {
		panic(err)
	}
	return secret
}

// boundTo is the authenticated data. With each length before its text no two
// triples read the same.
func boundTo(id, purpose, name string) []byte {
	data := []byte{sealEdition}
	for _, s := range []string{id, purpose, name} {
		data = binary.AppendUvarint(data, uint64(len(s)))
		data = append(data, s...)
	}
	return data
}
