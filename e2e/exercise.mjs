// What every SDK client does once it is connected.
import assert from 'node:assert/strict';

// exercise lists the tools, calls one, calls it often at once, and goes on
// after its access token has become worthless.
export async function exercise(client, account) {
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === 'add'), `add is among ${tools.map((tool) => tool.name)}`);

  assert.equal(await add(client, 2, 3), 5);

  // Answers must not cross: each call has a sum of its own.
  const many = Array.from({ length: 64 }, (_, i) => i);
  assert.deepEqual(await Promise.all(many.map((i) => add(client, i, 1000 * i))), many.map((i) => 1001 * i));

  account.spoil();
  assert.equal(await add(client, 20, 22), 42);
  assert.notEqual(account.tokens().access_token, 'spoilt');
  assert.equal(account.logins, 1, 'a refresh needs no second login');
  console.log(`${tools.length} tools, ${many.length} calls at once, one login, one refresh`);
}

async function add(client, a, b) {
  const result = await client.callTool({ name: 'add', arguments: { a, b } });
  assert.ok(!result.isError, JSON.stringify(result));
  return Number(/-?\d+(\.\d+)?/.exec(result.content[0].text)[0]);
}
