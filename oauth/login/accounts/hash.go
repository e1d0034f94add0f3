package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"gatehouse/internal/fault"
)

// Params are the cost of a hash with argon2id (RFC 9106).
type Params struct {
	Memory  uint32 // in KiB
	Passes  uint32
	Threads uint8
}

// defaultParams cost about 20 ms and 19 MiB.
var defaultParams = Params{Memory: 19456, Passes: 2, Threads: 1}

const (
	saltLength = 16
	keyLength  = 32

	// maxHashes bounds the memory of logins: so many are hashed at once.
	maxHashes = 4
	// queueTime is how long one may wait for its turn.
	queueTime = 5 * time.Second
)

// Hasher hashes passwords, a bounded number at once.
type Hasher struct {
	Params Params
	slots  chan struct{}
}

// NewHasher returns a hasher with the parameters of today.
func NewHasher() *Hasher {
	return &Hasher{Params: defaultParams, slots: make(chan struct{}, maxHashes)}
}

// Hash returns the hash of a password, with a salt of its own.
func (h *Hasher) Hash(ctx context.Context, password string) (Hash, error) {
	p := phc{Params: h.Params, salt: randomBytes(saltLength)}
	key, err := h.derive(ctx, p, keyLength, password)
	if err != nil {
		return "", err
	}
	p.key = key
	return p.format(), nil
}

// Verify reports whether the hash is that of the password. It fails with
// fault.Internal if the hash cannot be read.
func (h *Hasher) Verify(ctx context.Context, hash Hash, password string) (bool, error) {
	p, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	if len(password) > maxPassword {
		return false, nil
	}
	key, err := h.derive(ctx, p, uint32(len(p.key)), password)
	return err == nil && subtle.ConstantTimeCompare(key, p.key) == 1, err
}

// Decoy returns a hash that is of no password but costs as much as a real one.
func (h *Hasher) Decoy() Hash {
	return phc{h.Params, randomBytes(saltLength), randomBytes(keyLength)}.format()
}

// Current reports whether the hash was made with today's parameters.
func (h *Hasher) Current(hash Hash) bool {
	p, err := parsePHC(hash)
	return err == nil && p.Params == h.Params
}

func (h *Hasher) derive(ctx context.Context, p phc, length uint32, password string) ([]byte, error) {
	late := time.NewTimer(queueTime)
	defer late.Stop()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, fault.New(fault.Unavailable, "Many people are logging in. Try again in a moment.")
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), p.salt, p.Passes, p.Memory, p.Threads, length), nil
}

// phc is a hash in PHC string format, taken apart:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
type phc struct {
	Params
	salt, key []byte
}

var phcEncoding = base64.RawStdEncoding.Strict()

func (p phc) format() Hash {
	return Hash(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.Memory, p.Passes, p.Threads, phcEncoding.EncodeToString(p.salt), phcEncoding.EncodeToString(p.key)))
}

func parsePHC(hash Hash) (p phc, err error) {
	broken := fault.New(fault.Internal, "This account cannot be used. Tell the operator.")
	parts := strings.Split(string(hash), "$")
	if len(parts) != 6 {
		return phc{}, broken
	}
	fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Passes, &p.Threads)
	p.salt, _ = phcEncoding.DecodeString(parts[4])
	p.key, _ = phcEncoding.DecodeString(parts[5])
	// What was read must say the same again: so everything that was passed
	// over above, and every second way to write it, is found here.
	if p.format() != hash || !p.sane() {
		return phc{}, broken
	}
	return p, nil
}

// sane keeps a damaged record from costing the host its memory, or argon2 from
// panicking.
func (p phc) sane() bool {
	within := func(n, low, high int) bool { return low <= n && n <= high }
	return within(int(p.Memory), 8, 1<<18) && within(int(p.Passes), 1, 16) && within(int(p.Threads), 1, 16) &&
		within(len(p.salt), 8, 64) && within(len(p.key), 16, 64)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
