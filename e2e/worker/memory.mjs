// The Worker, with a page that tells of its programs that are still there, and
// what each of them keeps.
import worker from "./worker.mjs";
export { Gatehouse } from "./worker.mjs";

const programs = []; // which are free to go
const { run } = Go.prototype;
Go.prototype.run = function (instance) {
	programs.push(new WeakRef(this));
	return run.call(this, instance);
};

// What a program of Go keeps: memory, and references to what is JavaScript's.
const kept = (go) => ({ bytes: go._inst.exports.mem.buffer.byteLength, references: go._values.length });

async function memory() {
	gc();
	await scheduler.wait(1); // a WeakRef that was looked at holds on until the next task
	gc();
	return Response.json(programs.map((program) => program.deref()).filter(Boolean).map(kept));
}

export default {
	fetch: (request, env, ctx) => (new URL(request.url).pathname === "/memory" ? memory() : worker.fetch(request, env, ctx)),
};
