package clients

import (
	"context"
	"crypto/rsa"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/oauth"
)

const (
	maxKeySet  = 64 << 10
	maxKeys    = 20
	minRSABits = 2048
	keysFresh  = 5 * time.Minute
	keysRetry  = time.Minute // how soon a key that we do not know makes us look again
	maxSets    = 1000
)

// Keys finds the public keys of clients: those in their metadata, or those at
// their jwks_uri.
type Keys struct {
	Fetch *Fetcher // nil: a jwks_uri is not followed
	Now   func() time.Time

	mu   sync.Mutex
	sets map[string]fetchedKeys
}

type fetchedKeys struct {
	keys []jose.JSONWebKey
	at   time.Time
}

// find returns the one key of the client that the header can mean.
func (k *Keys) find(ctx context.Context, c oauth.Client, h header) (any, error) {
	if c.JWKSURI == "" {
		keys, err := parseKeys(c.JWKS)
		if err != nil {
			return nil, refuseAssertion("the client has no usable keys", err)
		}
		return pick(keys, h)
	}
	if k.Fetch == nil {
		return nil, refuseAssertion("this server does not fetch keys", nil)
	}
	had, ok := k.get(c.JWKSURI)
	if key, err := pick(had.keys, h); err == nil {
		return key, nil
	}
	if ok && k.Now().Sub(had.at) < keysRetry {
		return pick(had.keys, h)
	}
	keys, err := k.load(ctx, c.JWKSURI)
	if err != nil {
		return nil, refuseAssertion("the client's keys could not be fetched", err)
	}
	return pick(keys, h)
}

func (k *Keys) get(uri string) (fetchedKeys, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	set, ok := k.sets[uri]
	if !ok || k.Now().Sub(set.at) > keysFresh {
		return fetchedKeys{}, false
	}
	return set, true
}

func (k *Keys) load(ctx context.Context, uri string) ([]jose.JSONWebKey, error) {
	res, err := k.Fetch.get(ctx, uri, maxKeySet)
	if err != nil {
		return nil, err
	}
	keys, err := parseKeys(res.body)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sets == nil || len(k.sets) >= maxSets {
		k.sets = make(map[string]fetchedKeys)
	}
	k.sets[uri] = fetchedKeys{keys, k.Now()}
	return keys, nil
}

// pick takes the key that the header names or, if it names none, the only one
// there is.
func pick(keys []jose.JSONWebKey, h header) (any, error) {
	var found []jose.JSONWebKey
	for _, key := range keys {
		if (h.KeyID == "" || key.KeyID == h.KeyID) && (key.Algorithm == "" || key.Algorithm == h.Algorithm) && key.Use != "enc" {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		return nil, refuseAssertion("its kid does not name one key of the client", nil)
	}
	return found[0].Key, nil
}

// CheckKeys returns what is wrong with the keys in a client's metadata.
func CheckKeys(jwks jsontext.Value) error {
	_, err := parseKeys(jwks)
	return err
}

// parseKeys reads a set of public keys. One private or symmetric key in it
// spoils it all: who publishes that has a problem that must be seen.
func parseKeys(raw jsontext.Value) ([]jose.JSONWebKey, error) {
	bad := oauth.Fail(oauth.InvalidClientMetadata, "The jwks must be a set of 1 to 20 public keys: EC, Ed25519, or RSA of at least 2048 bits.")
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil || len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return nil, bad
	}
	keys := make([]jose.JSONWebKey, len(set.Keys))
	for i, raw := range set.Keys {
		if err := keys[i].UnmarshalJSON(raw); err != nil || !keys[i].Valid() || !keys[i].IsPublic() {
			return nil, bad
		}
		if key, ok := keys[i].Key.(*rsa.PublicKey); ok && key.N.BitLen() < minRSABits {
			return nil, bad
		}
	}
	return keys, nil
}
