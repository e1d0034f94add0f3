// A person connects the Inspector's web page to a server: logs in, approves,
// looks at the tools, calls one and reads what it says.
// usage: inspector-web.mjs PAGE ARTIFACTS ERA
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { launch, looks } from './chromium.mjs';

const [inspector, artifacts, era] = process.argv.slice(2);
const browser = await launch();
const context = await browser.newContext(looks.wide);
context.setDefaultTimeout(15_000);
const page = await context.newPage();
const shot = (name) => page.screenshot({ fullPage: true, path: join(artifacts, `inspector-${name}-${era}.png`) });
try {
  await page.goto(inspector);
  await connect(page.getByLabel('Name'));

  await page.getByLabel('Name').fill('ada');
  await shot('login');
  await page.getByLabel('Password').fill('correct horse battery staple');
  await page.locator('form:has(input[type=password]) button').click();
  await page.locator('button[value=approve]').waitFor();
  await shot('consent');
  await page.locator('button[value=approve]').click();

  await page.getByText('Connected', { exact: true }).waitFor();
  await shot('connected');

  await page.getByText('Tools', { exact: true }).click();
  await page.getByRole('button', { name: 'add', exact: true }).click();
  await shot('tools');

  await page.getByRole('textbox', { name: 'a', exact: true }).fill('20');
  await page.getByRole('textbox', { name: 'b', exact: true }).fill('22');
  await page.getByRole('button', { name: 'Execute Tool' }).click();
  await page.getByText('42').first().waitFor();
  await shot('result');
  assert.equal(await page.getByText(/error/i).count(), 0);
} catch (err) {
  await shot('failed');
  console.error(await page.locator('body').ariaSnapshot());
  throw err;
} finally {
  await browser.close();
}

// connect flips the switch until the login is there. A page that is still
// loading takes the first click for nothing, and a person clicks again.
async function connect(login) {
  const lever = page.locator('label:has([role=switch])').or(page.getByRole('switch', { name: /Connect/ })).first();
  await lever.click({ force: true });
  for (let tries = 1; tries < 3; tries++) {
    const there = await login.waitFor({ timeout: 8_000 }).then(() => true, () => false);
    if (there) return;
    if (await page.getByText('Disconnected', { exact: true }).isVisible()) await lever.click({ force: true });
  }
}
