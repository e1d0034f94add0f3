package clients

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/internal/fault"
	"gatehouse/oauth"
	"gatehouse/store"
)

const (
	maxAssertion     = 8 << 10
	maxAssertionLife = 5 * time.Minute
	skew             = 30 * time.Second
	maxJTI           = 256
)

// SigningAlgorithms are those that an assertion may be signed with, for the
// server's metadata too.
var SigningAlgorithms = []string{"ES256", "EdDSA", "RS256", "PS256"}

// Assertions checks the signed statements by which clients authenticate
// (private_key_jwt; RFC 7523, section 3).
type Assertions struct {
	Issuer        string
	TokenEndpoint string // also taken as the audience
	Keys          *Keys
	Once          *store.Table[OnceUsed]
	Now           func() time.Time
}

// OnceUsed is an assertion that was used. It is kept until it would have
// expired anyway.
type OnceUsed struct {
	Until time.Time `json:"until"`
}

// NewOnce returns the table in which [Assertions] remembers.
func NewOnce(kv store.KV) *store.Table[OnceUsed] {
	return store.NewTable(kv, "assertions", func(o OnceUsed) time.Time { return o.Until })
}

type claims struct {
	Issuer   string         `json:"iss"`
	Subject  string         `json:"sub"`
	Audience jsontext.Value `json:"aud"`
	Expires  *float64       `json:"exp"`
	Before   *float64       `json:"nbf"`
	Issued   *float64       `json:"iat"`
	ID       string         `json:"jti"`
}

type header struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
	Type      string `json:"typ"`
	X5T       string `json:"x5t"`
	X5T256    string `json:"x5t#S256"`
}

// verify is the whole check of an assertion of the client. Its failures read
// the same for a stranger; the log says which it was.
func (a *Assertions) verify(ctx context.Context, assertion string, c oauth.Client) error {
	// 1. A header that names an algorithm and a key, and nothing that would
	// lead us to a key of the sender's choice.
	h, err := readHeader(assertion)
	if err != nil {
		return err
	}

	// 2. A signature by a key of the client.
	payload, err := a.verifySignature(ctx, assertion, h, c)
	if err != nil {
		return err
	}

	// 3. Claims that are about this client, for this server, and for now.
	var cl claims
	if err := json.Unmarshal(payload, &cl); err != nil {
		return refuseAssertion("claims are not valid JSON", err)
	}
	until, err := a.check(cl, c.ID)
	if err != nil {
		return err
	}

	// 4. Only once.
	sum := sha256.Sum256([]byte(c.ID + "\x00" + cl.ID))
	err = a.Once.Insert(ctx, hex.EncodeToString(sum[:]), OnceUsed{until})
	if errors.Is(err, fault.Conflict) {
		return refuseAssertion("it was used before", nil)
	}
	return err
}

func (a *Assertions) verifySignature(ctx context.Context, assertion string, h header, c oauth.Client) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(assertion, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(h.Algorithm)})
	if err != nil {
		return nil, refuseAssertion("it is not a signed token", err)
	}
	key, err := a.Keys.find(ctx, c, h)
	if err != nil {
		return nil, err
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return nil, refuseAssertion("its signature is wrong", err)
	}
	return payload, nil
}

// check returns until when the assertion must be remembered.
func (a *Assertions) check(cl claims, client string) (until time.Time, err error) {
	now := a.Now()
	switch {
	case cl.Issuer != client || cl.Subject != client:
		err = refuseAssertion("iss and sub are not the client", nil)
	case !a.isAudience(cl.Audience):
		err = refuseAssertion("aud is not this server alone", nil)
	case cl.Expires == nil:
		err = refuseAssertion("it has no exp", nil)
	case !now.Before(unix(*cl.Expires).Add(skew)):
		err = refuseAssertion("it has expired", nil)
	case unix(*cl.Expires).After(now.Add(maxAssertionLife + skew)):
		err = refuseAssertion("its exp is more than five minutes ahead", nil)
	case cl.Before != nil && unix(*cl.Before).After(now.Add(skew)):
		err = refuseAssertion("it is not valid yet", nil)
	case cl.Issued != nil && unix(*cl.Issued).After(now.Add(skew)):
		err = refuseAssertion("it was issued in the future", nil)
	case cl.ID == "" || len(cl.ID) > maxJTI:
		err = refuseAssertion("it has no usable jti", nil)
	default:
		until = unix(*cl.Expires).Add(skew)
	}
	return until, err
}

// isAudience takes one audience, as text or as a list of one: an assertion
// that is good at two servers can be used by one of them at the other.
func (a *Assertions) isAudience(raw jsontext.Value) bool {
	var aud string
	if json.Unmarshal(raw, &aud) != nil {
		var list []string
		if json.Unmarshal(raw, &list) != nil || len(list) != 1 {
			return false
		}
		aud = list[0]
	}
	return aud != "" && (aud == a.Issuer || aud == a.TokenEndpoint)
}

func unix(seconds float64) time.Time {
	const far = 1 << 40 // keeps a hostile number from wrapping around
	return time.Unix(int64(max(0, min(seconds, far))), 0)
}

// readHeader refuses every member but the few that are needed: jku, x5u, jwk
// and x5c bring their own key, crit what we do not understand.
func readHeader(assertion string) (header, error) {
	var h header
	raw, err := segment(assertion, 0)
	if err == nil {
		err = json.Unmarshal(raw, &h, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return h, refuseAssertion("its header is not of the allowed form", err)
	}
	if !slices.Contains(SigningAlgorithms, h.Algorithm) {
		return h, refuseAssertion("its algorithm is not one of "+strings.Join(SigningAlgorithms, ", "), nil)
	}
	return h, nil
}

// peek reads the claims before anything is verified, to know whose keys to
// verify with.
func peek(assertion string) (claims, error) {
	var cl claims
	raw, err := segment(assertion, 1)
	if err == nil {
		err = json.Unmarshal(raw, &cl)
	}
	if err != nil {
		return cl, refuseAssertion("it is not a signed token", err)
	}
	return cl, nil
}

// segment decodes one part of a compact token. The error carries no text of
// it. Decoders skip line breaks, so they are looked for here.
func segment(assertion string, n int) ([]byte, error) {
	parts := strings.SplitN(assertion, ".", 4)
	if len(parts) != 3 || len(assertion) > maxAssertion || strings.ContainsAny(assertion, "\r\n") {
		return nil, errors.New("not three segments of moderate length")
	}
	return base64.RawURLEncoding.Strict().DecodeString(parts[n])
}

func refuseAssertion(why string, err error) *oauth.Error {
	return &oauth.Error{Code: oauth.InvalidClient, Description: "The client assertion is refused: " + why + ".", Err: err}
}
