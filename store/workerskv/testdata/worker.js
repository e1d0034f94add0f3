// Runs the tests in a Worker with a KV namespace.
import { run } from "./gotest.js";

export default {
	fetch(request, env, ctx) {
		globalThis.namespace = env.CACHE;
		return run(request, ctx);
	},
};
