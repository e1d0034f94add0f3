// The person at the browser, for the scripts: one who follows an
// authorization URL through login and consent.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

// approve returns the redirect at the end of the road, without opening it.
export async function approve(url) {
  const { stdout } = await promisify(execFile)(process.env.BROWSER, [String(url)]);
  return new URL(stdout.trim());
}
