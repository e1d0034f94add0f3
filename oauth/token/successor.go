package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"gatehouse/internal/fault"
)

// successor is the answer to a rotation, as it is kept for a client that lost
// it.
type successor struct {
	Answer  answer    `json:"answer"`
	Expires time.Time `json:"expires"`
}

// seal encrypts an answer for the holder of the token before it. The store has
// only the hash of that token, so whoever reads the store cannot open it. The
// key serves for this one token; the nonce is random because a swap that lost
// may seal another answer under it.
func seal(token, grant string, s successor) ([]byte, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	aead, err := aeadFor(token)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, []byte(grant)), nil
}

func open(token, grant string, sealed []byte) (successor, error) {
	var s successor
	aead, err := aeadFor(token)
	if err != nil {
		return s, err
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(grant))
	if err == nil {
		err = json.Unmarshal(plain, &s)
	}
	if err != nil {
		return s, fmt.Errorf("%w: open successor: %w", fault.Internal, err)
	}
	return s, nil
}

func aeadFor(token string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(token), nil, "gatehouse refresh successor", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
