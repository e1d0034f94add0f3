// Builds a Go program for the Worker: node build.mjs [PACKAGE [FOLDER]]
//
// The program is ../cmd/gatehouse unless another package is named. Its
// companion in JavaScript is the one of the Go that builds it.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const [source = "../cmd/gatehouse", folder = join(here, "build")] = process.argv.slice(2);
const wasm = join(folder, "gatehouse.wasm");

// What most of a call is spent in is compiled for speed, and so is the program
// itself. All else is compiled without inlining: an eighth less to load.
const fast = [
	"runtime/...", "internal/...", "sync/...", "bytes", "strings", "syscall/js",
	"encoding/json/jsontext", "encoding/json/internal/...", source + "/...",
];
const flags = [
	"-trimpath",
	"-tags=nethttpomithttp2", // fetch speaks HTTP for the program
	"-ldflags=-s -w",
	"-gcflags=all=-l",
	...fast.map((packages) => `-gcflags=${packages}=`),
];

mkdirSync(folder, { recursive: true });
execFileSync("go", ["build", ...flags, "-o", wasm, source], {
	cwd: here,
	env: { ...process.env, GOOS: "js", GOARCH: "wasm", GOEXPERIMENT: "jsonv2" }, // one JSON, not two
	stdio: "inherit",
});
const root = execFileSync("go", ["env", "GOROOT"], { cwd: here, encoding: "utf8" }).trim();
copyFileSync(join(root, "lib", "wasm", "wasm_exec.js"), join(folder, "wasm_exec.js"));

const mib = (bytes) => (bytes / 2 ** 20).toFixed(2) + " MiB";
console.log(`${wasm}: ${mib(statSync(wasm).size)}, ${mib(gzipSync(readFileSync(wasm)).length)} gzipped`);
