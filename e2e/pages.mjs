// A person without script looks at every page, logs in, denies and approves.
// usage: pages.mjs URL ARTIFACTS
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { launch, looks } from './chromium.mjs';

const [base, artifacts] = process.argv.slice(2);

// The client at the other end: it takes redirects, and tries to frame pages.
const seen = [];
const client = createServer((req, res) => {
  const url = new URL(req.url, callback);
  if (url.pathname === '/callback') seen.push(url.searchParams);
  res.setHeader('content-type', 'text/html');
  res.end(url.pathname === '/frame' ? `<iframe src="${url.searchParams.get('page').replaceAll('"', '&quot;')}"></iframe>` : 'You are back.');
});
await new Promise((listening) => client.listen(0, '127.0.0.1', listening));
const callback = `http://127.0.0.1:${client.address().port}/callback`;

const registration = await fetch(`${base}/register`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ client_name: 'Ada’s <b>editor</b>', redirect_uris: [callback], token_endpoint_auth_method: 'none', application_type: 'native' }),
});
assert.equal(registration.status, 201, await registration.clone().text());
const { client_id } = await registration.json();

const authorize = (changes) => `${base}/authorize?${new URLSearchParams({
  response_type: 'code',
  client_id,
  redirect_uri: callback,
  scope: 'math',
  state: 'st&te',
  resource: `${base}/mcp`,
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
  ...changes,
})}`;

const browser = await launch();
try {
  for (const [look, options] of Object.entries(looks)) {
    await walk(look, options);
  }
  await framed();
} finally {
  await browser.close();
  client.close();
}

// walk sees home, error, login and consent, without script.
async function walk(look, options) {
  const context = await browser.newContext({ ...options, javaScriptEnabled: false });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const strange = [];
  page.on('request', (request) => [base, new URL(callback).origin].includes(new URL(request.url()).origin) || strange.push(request.url()));
  const complaints = [];
  page.on('console', (message) => /Content Security Policy/.test(message.text()) && complaints.push(message.text()));
  const shot = (name) => page.screenshot({ path: join(artifacts, `${name}-${look}.png`), fullPage: true });

  await open(page, `${base}/`, 200);
  await shot('home');

  await open(page, authorize({ client_id: 'nobody' }), 400);
  await shot('error');

  await open(page, authorize(), 200);
  await shot('login');
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill('correct horse battery staple');
  await page.locator('form:has(input[type=password]) button').click();

  const approve = page.locator('button[value=approve]');
  const deny = page.locator('button[value=deny]');
  await approve.waitFor();
  await decent(page);
  await shot('consent');
  const words = await page.locator('body').innerText();
  assert.match(words, /127\.0\.0\.1/, 'the consent page says where the answer goes');
  assert.match(words, /<b>editor<\/b>/, 'the name of the client is shown as it is');

  await deny.click();
  await page.waitForURL(`${callback}?*`);
  assert.equal(seen.at(-1).get('error'), 'access_denied');
  assert.equal(seen.at(-1).get('state'), 'st&te');
  assert.ok(!seen.at(-1).has('code'));

  await page.goto(authorize());
  await approve.click(); // logged in already, and still asked
  await page.waitForURL(`${callback}?*`);
  assert.ok(seen.at(-1).get('code'));
  assert.equal(seen.at(-1).get('iss'), base);
  assert.equal(seen.at(-1).get('state'), 'st&te');

  assert.deepEqual(complaints, []);
  assert.deepEqual(strange, [], 'nothing is loaded from elsewhere');
  await context.close();
}

// open opens a page of the host, which answers with this status.
async function open(page, url, status) {
  const response = await page.goto(url);
  assert.equal(response.status(), status, url);
  const headers = response.headers();
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
    assert.ok(headers['content-security-policy']?.includes(rule), `${rule} in the policy of ${url}`);
  }
  assert.equal(headers['x-frame-options'], 'DENY');
  await decent(page);
}

// decent is what every page owes its readers.
async function decent(page) {
  const faults = await page.evaluate(() => {
    const found = [];
    const need = (good, fault) => good || found.push(fault);
    need(document.documentElement.lang, 'the page has no language');
    need(document.title, 'the page has no title');
    need(document.querySelectorAll('h1').length === 1, 'the page has not one heading');
    need(document.scrollingElement.scrollWidth <= innerWidth, 'the page scrolls sideways');
    need(document.scripts.length === 0, 'the page has a script');
    for (const input of document.querySelectorAll('input:not([type=hidden])')) {
      need(input.labels.length > 0, `${input.name} has no label`);
    }
    return found;
  });
  assert.deepEqual(faults, [], page.url());
}

// framed puts the login page into a frame of another site, with script.
async function framed() {
  const page = await browser.newPage();
  await page.goto(`${new URL('/frame', callback)}?${new URLSearchParams({ page: authorize() })}`);
  const frame = page.frames()[1];
  await frame.waitForLoadState();
  assert.equal(await frame.locator('input').count(), 0, 'another site can frame the login page');
  assert.match(frame.url(), /^chrome-error:/);
  await page.close();
}
