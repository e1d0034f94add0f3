// Tells the front door that its client has left, at three moments of a request.
const { send } = await import(process.argv[2]);

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Has an object answer after so long, and a client leave after so long.
async function told(answersAfter, leavesAfter, body = null) {
	const client = new AbortController();
	const names = [];
	const object = {
		async answer() {
			await wait(answersAfter);
			return ["200", body];
		},
		async leave(name) { names.push(name); },
	};
	const request = { method: "POST", url: "http://here/", headers: [], body: null, signal: client.signal };
	setTimeout(() => client.abort(), leavesAfter);
	await send(object, request, null, { waitUntil() {} });
	await wait(50);
	return names.length;
}

console.log(JSON.stringify({
	soon: await told(400, 10),
	late: await told(400, 200),
	streaming: await told(60, 20, new ReadableStream()),
	never: await told(10, 10_000),
}));
process.exit();
