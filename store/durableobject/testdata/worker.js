// Runs a Go test binary inside a Durable Object. The object is that of the
// path, the program's arguments are the body, and the answer is what it prints
// while it prints it, with a last line for its exit status.

import { DurableObject } from "cloudflare:workers";
import "wasm_exec.js";
import program from "test.wasm";

// Go's own stand-in for a file system has none. Tests need a place to print to,
// and a name for a folder that nothing is put in.
const missing = (callback) => callback(Object.assign(new Error("no such file"), { code: "ENOENT" }));
fs.mkdir = (path, mode, callback) => callback(null);
fs.unlink = fs.rmdir = (path, callback) => missing(callback);

export class Store extends DurableObject {
	async fetch(request) {
		const { readable, writable } = new TransformStream();
		const out = writable.getWriter();
		fs.writeSync = (fd, bytes) => {
			out.write(bytes.slice());
			return bytes.length;
		};
		globalThis.sql = this.ctx.storage.sql;

		const go = new Go();
		go.argv = ["durableobject.test", ...await request.json()];
		go.exit = async (status) => {
			await out.write(new TextEncoder().encode(`exit status ${status}\n`));
			out.close();
		};
		this.ctx.waitUntil(go.run(new WebAssembly.Instance(program, go.importObject)));
		return new Response(readable);
	}
}

export default {
	fetch(request, env) {
		return env.STORE.getByName(new URL(request.url).pathname).fetch(request);
	},
};
