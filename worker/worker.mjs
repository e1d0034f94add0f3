// The front door. It chooses the object that a request is for, and starts the
// Go program of an object when it is first needed. All else is written in Go.
import { DurableObject } from "cloudflare:workers";
import "./build/wasm_exec.js";
import program from "./build/gatehouse.wasm";
import config from "./gatehouse.yaml";
import { Crossing, pack, send, unpack } from "./crossing.mjs";

export default {
	async fetch(request, env, ctx) {
		try {
			const [object, passed] = env.SHARDS > 1 ? await choose(request, env.SHARDS) : ["directory", request];
			return await send(env.GATEHOUSE.getByName(object), passed, ctx);
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

const endpoints = new Set(["/mcp", "/sse", "/sse/message"]);
const forms = new Set(["/token", "/revoke", "/introspect"]);
const longest = 16 << 10; // of a form that is looked into

// The object for a request, and the request to pass on. Who brings a token
// goes to the object that keeps its grant, all others to the directory.
async function choose(request, shards) {
	const { pathname } = new URL(request.url);
	if (endpoints.has(pathname)) {
		const [scheme, token] = (request.headers.get("Authorization") ?? "").split(" ");
		return [scheme.toLowerCase() === "bearer" ? keeper(token, shards) : "directory", request];
	}
	const length = request.headers.get("Content-Length");
	if (request.method !== "POST" || !forms.has(pathname) || length === null || length > longest) {
		return ["directory", request]; // which asks the others for what they keep
	}
	const body = await request.arrayBuffer().catch(() => ""); // one that breaks off says nothing
	const form = new URLSearchParams(body && new TextDecoder().decode(body));
	const token = form.get("code") ?? form.get("refresh_token") ?? form.get("token");
	return [keeper(token, shards), new Request(request, { body })];
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// A token says after its kind which shard keeps its grant: see oauth/token.go.
// What says nothing, or a shard that is not there, is refused by the directory.
function keeper(token, shards) {
	const [, high, low] = /^gth_(?:at|rt|ac|pt)_([0-9A-Za-z])([0-9A-Za-z])/.exec(token ?? "") ?? [, "0", "0"];
	const shard = alphabet.indexOf(high) * 62 + alphabet.indexOf(low);
	return shard > 0 && shard < shards ? `shard ${shard}` : "directory";
}

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
				.then((instance) => go.run(instance))
				.then(() => { throw new Error("the program ended"); })
				.catch((err) => {
					fail(err);
					this.ctx.abort(String(err)); // with all that it was working on
				});
		}).finally(() => delete globalThis[name]);
	}
}
