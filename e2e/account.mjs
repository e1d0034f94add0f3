// What a client of the TypeScript SDKs remembers of one server: both major
// versions ask for the same interface (OAuthClientProvider).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { approve } from './person.mjs';

export class Account {
  logins = 0;
  redirectUrl = 'http://127.0.0.1:41234/callback'; // nobody listens: the redirect is read, not opened
  #state; #client; #tokens; #verifier; #discovery; #callback;

  constructor(name) {
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    };
  }

  state() { return this.#state = randomUUID(); }
  clientInformation() { return this.#client; }
  saveClientInformation(client) { this.#client = client; }
  tokens() { return this.#tokens; }
  saveTokens(tokens) { this.#tokens = tokens; }
  codeVerifier() { return this.#verifier; }
  saveCodeVerifier(verifier) { this.#verifier = verifier; }
  discoveryState() { return this.#discovery; }
  saveDiscoveryState(discovery) { this.#discovery = discovery; }

  async redirectToAuthorization(url) {
    this.logins++;
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    assert.ok(url.searchParams.get('resource'), 'the client names the resource');
    this.#callback = (await approve(url)).searchParams;
    assert.equal(this.#callback.get('state'), this.#state);
    assert.ok(this.#callback.get('code'), `a code in ${this.#callback}`);
  }

  // callback is what the redirect brought.
  callback() { return this.#callback; }

  // spoil replaces the access token by one that no server knows.
  spoil() { this.#tokens = { ...this.#tokens, access_token: 'spoilt' }; }
}
