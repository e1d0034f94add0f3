// Runs the tests inside the Durable Object that the path names.
import { DurableObject } from "cloudflare:workers";
import { run } from "./gotest.js";

export class Store extends DurableObject {
	fetch(request) {
		globalThis.sql = this.ctx.storage.sql;
		return run(request, this.ctx);
	}
}

export default {
	fetch(request, env) {
		return env.STORE.getByName(new URL(request.url).pathname).fetch(request);
	},
};
