// Tells the front door that its client has left, at three moments of a request.
const { Crossing, send } = await import(process.argv[2]);

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Has an object answer after so long, and a client leave after so long.
async function told(answersAfter, leavesAfter, stream = null) {
	const client = new AbortController();
	const crossing = new Crossing();
	let left = 0;
	const mem = new WebAssembly.Memory({ initial: 8 });
	const exports = {
		mem,
		page: () => 0,
		async receive(number) {
			await wait(answersAfter);
			if (stream) crossing.stream(number, "200", stream);
			else crossing.respond(number, 3, 3, new TextEncoder().encode("200"));
		},
	};
	crossing.lead({ _resume() {} }, { exports });
	const program = { leave() { left++; } };
	const object = {
		async answer(name, head, body) {
			const answer = await crossing.pass(program, name, head, body, null);
			if (typeof answer === "function") answer[Symbol.dispose] = () => {}; // as a stub of it has
			return answer;
		},
		async leave(name) { crossing.leave(program, name); },
	};
	const request = { method: "POST", url: "http://here/", headers: [], body: null, signal: client.signal };
	setTimeout(() => client.abort(), leavesAfter);
	const { status } = await send(object, request, null, { waitUntil() {} });
	await wait(50);
	return status === 200 ? left : `status ${status}`;
}

console.log(JSON.stringify({
	soon: await told(500, 10),
	late: await told(600, 400),
	streaming: await told(60, 20, new ReadableStream()),
	never: await told(10, 10_000),
}));
process.exit();
