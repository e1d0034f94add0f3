// Starts the Worker beside this file in Miniflare, which has KV namespaces, and
// says where. Its argument is the folder of the npm packages.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { Miniflare } = await import(pathToFileURL(join(process.argv[2], "miniflare", "dist", "src", "index.js")));
const modulesRoot = import.meta.dirname;
const module = (type, name) => ({ type, path: join(modulesRoot, name) });

const miniflare = new Miniflare({
	modulesRoot,
	modules: [
		module("ESModule", "worker.js"),
		module("ESModule", "gotest.js"),
		module("ESModule", "wasm_exec.js"),
		module("CompiledWasm", "test.wasm"),
	],
	compatibilityDate: "2026-04-01",
	kvNamespaces: ["CACHE"],
});
const url = await miniflare.ready;
console.log(`listening on ${url.origin}`);
