// A client made with version 2 of the TypeScript SDK.
// usage: sdk-v2.mjs URL http|sse legacy|auto|modern
import assert from 'node:assert/strict';
import { Client, SSEClientTransport, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { Account } from './account.mjs';
import { exercise } from './exercise.mjs';

const [url, kind, era] = process.argv.slice(2);
const Transport = { http: StreamableHTTPClientTransport, sse: SSEClientTransport }[kind];
const mode = { legacy: 'legacy', auto: 'auto', modern: { pin: '2026-07-28' } }[era];
const account = new Account('SDK v2');
const open = () => new Transport(new URL(url), { authProvider: account });
const create = () => new Client({ name: 'sdk-v2', version: '1.0.0' }, { versionNegotiation: { mode } });

let client = create();
let transport = open();
try {
  await client.connect(transport);
  throw new Error('the server let a stranger in');
} catch (err) {
  if (!(err instanceof UnauthorizedError)) throw err;
  await transport.finishAuth(account.callback());
  transport = open();
  client = create();
  await client.connect(transport);
}
assert.equal(client.getProtocolEra(), kind === 'sse' || era === 'legacy' ? 'legacy' : 'modern');
await exercise(client, account);
await client.close();
