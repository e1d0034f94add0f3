// Package oauth is the vocabulary of the authorization server and its pure
// rules: what a redirect URI may be and which one matches, proof keys,
// resources, scopes, the shape of tokens, and the records of clients and
// grants. It keeps nothing and fetches nothing, so every rule is a table test.
// What the endpoints answer alike is here too: [Render] for a failure,
// [Preflight] for methods and scripts of other origins.
//
//	/authorize  -> authorize -> Grant with a code
//	/token      -> token     -> the same Grant, with tokens
//	/mcp        -> guard     -> identity.Principal
//
// A [Grant] is one record. Whatever happens to what a person granted (a code
// is redeemed, a refresh token rotates, all of it is revoked) is one swap of
// that record, so nothing can be done twice or by halves.
package oauth
