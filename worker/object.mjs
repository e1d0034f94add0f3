// An object: it starts its Go program when it is first needed, and passes on to
// it what comes from the front door, from other objects and from the clock.
import { DurableObject } from "cloudflare:workers";
import "./build/wasm_exec.js";
import program from "./build/gatehouse.wasm";
import config from "./gatehouse.yaml";
import { Crossing, pack, unpack } from "./crossing.mjs";

let started = 0;

// One Go program that answers many requests. Objects share the global scope,
// so each program finds its own object there under a name that it is told.
export class Gatehouse extends DurableObject {
	crossing = new Crossing();

	async answer(name, head, body) {
		return this.crossing.pass(await (this.program ??= this.start()), name, head, body, null);
	}

	async leave(name) {
		this.crossing.leave(await this.program, name);
	}

	// A request whose body is a stream.
	async fetch(request) {
		const program = await (this.program ??= this.start());
		request.signal.addEventListener("abort", () => this.crossing.leave(program, request));
		return unpack(await this.crossing.pass(program, request, pack(request), null, request.body));
	}

	async alarm() {
		const { sweep } = await (this.program ??= this.start());
		await new Promise((done) => sweep(done));
	}

	// Answers another object of the namespace: see internal/worker/question.go.
	async ask(question) {
		const { tell } = await (this.program ??= this.start());
		return new Promise((heard) => tell(question, heard));
	}

	// Resolves with the functions that the program has for all of these. The name
	// is gone then: it would keep the program when the object has been evicted.
	start() {
		const name = `gatehouse object ${++started}`;
		return new Promise((ready, fail) => {
			globalThis[name] = { ctx: this.ctx, env: this.env, config, crossing: this.crossing, ready };
			const go = new Go();
			go.argv = ["gatehouse", name];
			WebAssembly.instantiate(program, go.importObject)
				.then((instance) => {
					this.crossing.lead(go, instance);
					return go.run(instance);
				})
				.then(() => { throw new Error("the program ended"); })
				.catch((err) => {
					fail(err);
					this.ctx.abort(String(err)); // with all that it was working on
				});
		}).finally(() => delete globalThis[name]);
	}
}
