// Makes a key that seals what the store must not show: node key.mjs prints a
// fresh one, for wrangler secret put GATEHOUSE_KEYS. With --dev it writes one
// to .dev.vars unless there is one: development has a key of its own, which
// must outlive the process as long as the records that it seals.
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const key = `gthk1:${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`;
const variables = join(dirname(fileURLToPath(import.meta.url)), ".dev.vars");

if (!process.argv.includes("--dev")) {
	console.log(key);
} else if (!existsSync(variables)) {
	writeFileSync(variables, `GATEHOUSE_KEYS="${key}"\n`, { mode: 0o600 });
}
