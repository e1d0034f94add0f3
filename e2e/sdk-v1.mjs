// A client made with version 1 of the TypeScript SDK.
// usage: sdk-v1.mjs URL http|sse
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Account } from './account.mjs';
import { exercise } from './exercise.mjs';

const [url, kind] = process.argv.slice(2);
const Transport = { http: StreamableHTTPClientTransport, sse: SSEClientTransport }[kind];
const account = new Account('SDK v1');
const open = () => new Transport(new URL(url), { authProvider: account });

const create = () => new Client({ name: 'sdk-v1', version: '1.0.0' });

let client = create();
let transport = open();
try {
  await client.connect(transport);
  throw new Error('the server let a stranger in');
} catch (err) {
  if (!(err instanceof UnauthorizedError)) throw err;
  await transport.finishAuth(account.callback().get('code'));
  transport = open();
  client = create();
  await client.connect(transport);
}
await exercise(client, account);
await client.close();
