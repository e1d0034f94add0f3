// What every SDK client does once it is connected.
import assert from 'node:assert/strict';

// exercise lists the tools, calls some, calls one often at once, and goes on
// after the access token has become worthless.
export async function exercise(client, account) {
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === 'add'), `add is among ${tools.map((tool) => tool.name)}`);

  assert.equal(await add(client, 2, 3), 5);
  assert.match(await say(client, 'whoami', {}), /"name":\s*"ada"/);

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
  return Number(/-?\d+(\.\d+)?/.exec(await say(client, 'add', { a, b }))[0]);
}

// say calls a tool, and returns the text it answers with.
async function say(client, name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, JSON.stringify(result));
  return result.content[0].text;
}
