// The Worker, with a page that tells how much memory its programs have.
import worker from "./worker.mjs";
export { Gatehouse } from "./worker.mjs";

const programs = [];
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
	const instance = await instantiate(...args);
	programs.push(instance);
	return instance;
};

const bytes = () => programs.reduce((sum, { exports }) => sum + exports.mem.buffer.byteLength, 0);

export default {
	fetch: (request, env, ctx) => (new URL(request.url).pathname === "/memory" ? new Response(bytes()) : worker.fetch(request, env, ctx)),
};
