// The front door. It chooses the object that a request is for, and starts the
// Go program of an object in its first request or alarm. All else is written in Go.
import "./build/wasm_exec.js";
import program from "./build/gatehouse.wasm";
import config from "./gatehouse.yaml";

// The one object that knows all clients and people.
const directory = "directory";

export default {
	async fetch(request, env) {
		try {
			return await env.GATEHOUSE.getByName(directory).fetch(request);
		} catch (err) {
			// The object ended while it worked on this. The next request gets a fresh one.
			const id = crypto.randomUUID();
			console.error(`request ${id}: ${err}`);
			return new Response(`Something went wrong here. Request id: ${id}\n`, {
				status: 500,
				headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "X-Request-Id": id },
			});
		}
	},
};

let started = 0;

// One Go program that answers many requests. Objects share the global scope,
// so each program finds its own object there under a name that it is told.
export class Gatehouse {
	constructor(ctx, env) {
		this.ctx = ctx;
		this.env = env;
	}

	async fetch(request) {
		const { answer } = await (this.program ??= this.start());
		return new Promise((respond) => answer(request, respond));
	}

	async alarm() {
		const { sweep } = await (this.program ??= this.start());
		await new Promise((done) => sweep(done));
	}

	// Resolves with the functions that the program has for requests and alarms.
	start() {
		return new Promise((ready, fail) => {
			const name = `gatehouse object ${++started}`;
			globalThis[name] = { ctx: this.ctx, env: this.env, config, ready };
			const go = new Go();
			go.argv = ["gatehouse", name];
			WebAssembly.instantiate(program, go.importObject)
				.then((instance) => go.run(instance))
				.then(() => { throw new Error("the program ended"); })
				.catch((err) => {
					delete globalThis[name];
					fail(err);
					this.ctx.abort(String(err)); // with all that it was working on
				});
		});
	}
}
