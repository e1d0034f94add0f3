package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// Kind is what a token is for. It is the token's prefix, by which secret
// scanners know it and by which one kind is never taken for another.
type Kind string

// The kinds of token.
const (
	AccessToken   Kind = "gth_at_"
	RefreshToken  Kind = "gth_rt_"
	Code          Kind = "gth_ac_"
	PersonalToken Kind = "gth_pt_" // a personal access token
)

const (
	alphabet    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	grantLength = 22 // characters of base 62: 2 of shard, 20 of randomness
	shardLength = 2
	keyLength   = 43 // 256 bits
	sumLength   = 6
	tokenLength = len(AccessToken) + grantLength + keyLength + sumLength
)

// Hash is the SHA-256 of a token: all that is stored of it.
type Hash [sha256.Size]byte

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// IsZero reports whether h is the hash of nothing.
func (h Hash) IsZero() bool { return h == Hash{} }

// HashToken returns the hash of a token.
func HashToken(token string) Hash {
	var buf [128]byte // of a token of ours there is no copy to collect
	return sha256.Sum256(append(buf[:0], token...))
}

// Shards bounds how many stores the grants of a server can be kept in.
const Shards = len(alphabet) * len(alphabet)

// NewGrantID returns a fresh id for a grant that is kept in a shard, of which
// there are [Shards]; where there is one store it is 0. The id says so, and so
// does every token of the grant: whoever holds one leads to its record.
func NewGrantID(shard int) string {
	n := len(alphabet)
	return string([]byte{alphabet[shard/n], alphabet[shard%n]}) + randomText(grantLength-shardLength)
}

// ShardFor returns the shard for a new grant of a person, where there are n. A
// person's grants are together as long as n is the same.
func ShardFor(subject string, n int) int {
	if n <= 1 {
		return 0
	}
	sum := sha256.Sum256([]byte(subject))
	return int(binary.BigEndian.Uint64(sum[:]) % uint64(n))
}

// ShardOf returns the shard that a grant is kept in, by its id. What is no id
// of ours is of shard 0, where it is not found.
func ShardOf(grant string) int {
	if len(grant) != grantLength {
		return 0
	}
	high, low := strings.IndexByte(alphabet, grant[0]), strings.IndexByte(alphabet, grant[1])
	if high < 0 || low < 0 {
		return 0
	}
	return high*len(alphabet) + low
}

// NewToken returns a fresh token of the grant. It reads as
//
//	prefix, 22 characters of grant id, 43 of randomness, 6 of checksum
//
// The id says where the grant is kept, and nothing about the person.
func NewToken(kind Kind, grant string) string {
	body := string(kind) + grant + randomText(keyLength)
	return body + checksum(body)
}

// ParseToken reads the kind of a token and the id of its grant. It is false
// for anything that [NewToken] did not make; true says nothing about whether
// the grant exists or the token is still good.
func ParseToken(token string) (kind Kind, grant string, ok bool) {
	if len(token) != tokenLength {
		return "", "", false
	}
	body, sum := token[:tokenLength-sumLength], token[tokenLength-sumLength:]
	kind, rest := Kind(body[:len(AccessToken)]), body[len(AccessToken):]
	switch kind {
	case AccessToken, RefreshToken, Code, PersonalToken:
	default:
		return "", "", false
	}
	if strings.Trim(rest, alphabet) != "" || sum != checksum(body) {
		return "", "", false
	}
	return kind, rest[:grantLength], true
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var text [sumLength]byte
	for i := range text {
		text[sumLength-1-i] = alphabet[sum%62]
		sum /= 62
	}
	return string(text[:])
}

func randomText(n int) string {
	text := make([]byte, 0, n)
	var pool [64]byte
	for len(text) < n {
		rand.Read(pool[:])
		for _, b := range pool {
			// 248 is the largest multiple of 62 in a byte: beyond it the
			// letters would not be equally likely.
			if b < 248 && len(text) < n {
				text = append(text, alphabet[b%62])
			}
		}
	}
	return string(text)
}
