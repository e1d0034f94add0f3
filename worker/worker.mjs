// The front door. It chooses the object that a request is for: its Go program
// does all else.
import { send, take } from "./crossing.mjs";
export { Gatehouse } from "./object.mjs";

export default {
	async fetch(request, env, ctx) {
		try {
			const { body, broken } = await take(request);
			if (broken) return new Response(null, { status: 400 });
			const object = env.SHARDS > 1 ? choose(request, body, env.SHARDS) : "directory";
			return await send(env.GATEHOUSE.getByName(object), request, body, ctx);
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

// The object for a request. Who brings a token goes to the object that keeps
// its grant, all others to the directory.
function choose(request, body, shards) {
	const { pathname } = new URL(request.url);
	if (endpoints.has(pathname)) {
		const [scheme, token] = (request.headers.get("Authorization") ?? "").split(" ");
		return scheme.toLowerCase() === "bearer" ? keeper(token, shards) : "directory";
	}
	if (request.method !== "POST" || !forms.has(pathname) || body === null) {
		return "directory"; // which asks the others for what they keep
	}
	const form = new URLSearchParams(new TextDecoder().decode(body));
	return keeper(form.get("code") ?? form.get("refresh_token") ?? form.get("token"), shards);
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// A token says after its kind which shard keeps its grant: see oauth/token.go.
// What says nothing, or a shard that is not there, is refused by the directory.
function keeper(token, shards) {
	const [, high, low] = /^gth_(?:at|rt|ac|pt)_([0-9A-Za-z])([0-9A-Za-z])/.exec(token ?? "") ?? [, "0", "0"];
	const shard = alphabet.indexOf(high) * 62 + alphabet.indexOf(low);
	return shard > 0 && shard < shards ? `shard ${shard}` : "directory";
}
