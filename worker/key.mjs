// Makes a key that seals what the store must not show: node key.mjs prints a
// fresh one, for wrangler secret put GATEHOUSE_KEYS. With --dev it writes to
// .dev.vars what development needs and is not there yet: a key of its own,
// which must outlive the process as long as the records that it seals, and the
// login that lets anybody in, on loopback names.
import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const key = `gthk1:${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`;
const variables = join(dirname(fileURLToPath(import.meta.url)), ".dev.vars");

if (!process.argv.includes("--dev")) {
	console.log(key);
} else {
	const said = existsSync(variables) ? readFileSync(variables, "utf8") : "";
	const needed = { GATEHOUSE_KEYS: key, DEV_LOGIN: "on", GATEHOUSE_URLS: "" };
	const lines = Object.entries(needed)
		.filter(([name]) => !new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, "m").test(said))
		.map(([name, value]) => `${name}="${value}"\n`);
	if (lines.length > 0) {
		appendFileSync(variables, (said && !said.endsWith("\n") ? "\n" : "") + lines.join(""), { mode: 0o600 });
	}
}
