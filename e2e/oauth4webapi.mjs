// A strict OAuth client walks the whole road: every answer goes through the
// validation of oauth4webapi, which follows the RFCs to the letter.
// usage: oauth4webapi.mjs ENDPOINT
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { approve } from './person.mjs';

const endpoint = new URL(process.argv[2]);
const redirect = 'http://127.0.0.1:41234/callback'; // nobody listens: the redirect is read, not opened
const options = { [oauth.allowInsecureRequests]: true }; // loopback has no certificate

// What the endpoint says of itself: a challenge, and where to read more.
const challenge = await fetch(endpoint, { method: 'POST' });
assert.equal(challenge.status, 401);
const wanted = /resource_metadata="([^"]+)"/.exec(challenge.headers.get('www-authenticate'));
assert.ok(wanted, `resource_metadata in ${challenge.headers.get('www-authenticate')}`);
assert.doesNotMatch(challenge.headers.get('www-authenticate'), /error=/, 'nothing was wrong yet (RFC 6750, section 3.1)');

const protectedResource = await oauth.processResourceDiscoveryResponse(endpoint,
  await oauth.resourceDiscoveryRequest(endpoint, options));
assert.equal(protectedResource.resource, endpoint.href);
assert.ok(!protectedResource.scopes_supported?.includes('offline_access'), 'offline_access is no scope of a resource');

// Who guards it.
const issuer = new URL(protectedResource.authorization_servers[0]);
const discover = async (algorithm) => oauth.processDiscoveryResponse(issuer,
  await oauth.discoveryRequest(issuer, { algorithm, ...options }));
const as = await discover('oauth2');
assert.deepEqual(await discover('oidc'), as, 'both well-known documents say the same');
assert.deepEqual(as.code_challenge_methods_supported, ['S256']);
assert.equal(as.authorization_response_iss_parameter_supported, true);

// Two clients: one that can keep a secret, and one that cannot.
await walk('none', oauth.None());
for (const method of ['client_secret_basic', 'client_secret_post']) {
  await walk(method);
}

async function walk(method, auth) {
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(as, {
      client_name: `oauth4webapi (${method})`,
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: method,
      application_type: 'native',
    }, options));
  assert.equal(client.token_endpoint_auth_method, method);
  auth ??= { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost }[method](client.client_secret);

  const { code, verifier } = await authorize(client);
  const exchange = () => oauth.authorizationCodeGrantRequest(as, client, auth, code, redirect, verifier,
    { additionalParameters: { resource: endpoint.href }, ...options });
  const first = await oauth.processAuthorizationCodeResponse(as, client, await exchange());
  assert.equal(first.token_type, 'bearer');
  assert.ok(first.expires_in > 0);
  assert.ok(await opens(first.access_token));

  // Rotation: the answer to a refresh has a new refresh token.
  const second = await oauth.processRefreshTokenResponse(as, client,
    await oauth.refreshTokenGrantRequest(as, client, auth, first.refresh_token, options));
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  assert.ok(await opens(second.access_token));

  // Introspection is for those who can prove who they are.
  const introspect = async (token) => oauth.processIntrospectionResponse(as, client,
    await oauth.introspectionRequest(as, client, auth, token, options));
  if (method === 'none') {
    await assert.rejects(introspect(second.access_token), 'a public client may not introspect');
  } else {
    const seen = await introspect(second.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, client.client_id);
    assert.equal(seen.aud, endpoint.href);
  }

  // Revocation of the refresh token ends the grant.
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, auth, second.refresh_token, options));
  assert.ok(!await opens(second.access_token));
  if (method !== 'none') {
    assert.deepEqual(await introspect(second.access_token), { active: false });
  }
  await assert.rejects(
    oauth.refreshTokenGrantRequest(as, client, auth, second.refresh_token, options)
      .then((res) => oauth.processRefreshTokenResponse(as, client, res)),
    { error: 'invalid_grant' });

  await replay(client, auth);
  console.log(`${method}: authorized, refreshed, introspected, revoked`);
}

// authorize sends the person to log in, and returns the code that came back.
async function authorize(client) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirect,
    scope: [...protectedResource.scopes_supported, 'offline_access'].join(' '),
    resource: endpoint.href,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  // Checks state, and iss because the metadata promises it (RFC 9207).
  const code = oauth.validateAuthResponse(as, client, await approve(url), state);
  return { code, verifier };
}

// replay redeems one code three times. A client that lost its answer and asks
// again is refused, and goes on with what it has. Somebody who has the code
// but not its verifier stole it: that ends what the code brought (OAuth 2.1,
// section 4.1.2).
async function replay(client, auth) {
  const { code, verifier } = await authorize(client);
  const redeem = async (verifier) => oauth.processAuthorizationCodeResponse(as, client,
    await oauth.authorizationCodeGrantRequest(as, client, auth, code, redirect, verifier, options));
  const won = await redeem(verifier);
  await assert.rejects(redeem(verifier), { error: 'invalid_grant' });
  assert.ok(await opens(won.access_token));
  await assert.rejects(redeem(oauth.generateRandomCodeVerifier()), { error: 'invalid_grant' });
  assert.ok(!await opens(won.access_token), 'the code was stolen, and its tokens still work');
}

// opens tells whether the endpoint lets the bearer of a token in. What it says
// to the request after that is not the matter here.
async function opens(token) {
  const res = await fetch(endpoint, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  await res.body?.cancel();
  return res.status !== 401;
}
