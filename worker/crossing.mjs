// How a request reaches the Go program in its object, and how the answer comes
// back: each in one piece, first from the front door to the object by a call,
// then through memory that JavaScript and Go both know. Every other way costs
// more than what it carries.
//
//	take -> send -> Crossing.pass -> Go -> Crossing.respond -> unpack
//
// A body that is large, or nobody knows how large, is a stream.
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const largest = 64 << 10; // of a body that goes with its head
const room = largest + (384 << 10); // with any head that the runtime takes, which is 128 KiB before it is UTF-8
const patience = 100; // ms, after twice which an answer is one that a client may not wait for

let door; // a name that no other door has
let sent = 0;

// Takes the body of a request: null if there is none, or it is one that streams.
// A client that sends chunks may say any length besides, so that is no bound.
export async function take(request) {
	const length = request.headers.get("Content-Length");
	const whole = /^\d{1,5}$/.test(length) && Number(length) <= largest && !request.headers.has("Transfer-Encoding");
	if (!whole) return { body: null };
	try {
		return { body: new Uint8Array(await request.arrayBuffer()) };
	} catch {
		return { broken: true }; // by its client, who is gone
	}
}

// Has an object answer a request, whose body was taken.
export async function send(object, request, body, ctx) {
	if (body === null && request.body !== null) return object.fetch(request);
	const name = `${door ??= crypto.randomUUID()} ${++sent}`;
	const leave = () => ctx.waitUntil(object.leave(name));
	const listen = () => { // a tenth of what a short call costs
		if (request.signal.aborted) leave(); // who has left before is not told of again
		else request.signal.addEventListener("abort", leave);
	};
	let answer = await object.answer(name, pack(request), body);
	if (typeof answer === "function") { // it takes long
		const later = answer;
		listen();
		answer = await later();
		later[Symbol.dispose]();
	} else if (answer[1] instanceof ReadableStream) {
		listen();
	}
	return unpack(answer);
}

// The head of a request as the Go program reads it: see internal/worker/head.go.
export function pack(request) {
	let head = `${request.method}\n${request.url}`;
	for (const [name, value] of request.headers) head += `\n${name}\n${value}`;
	return head;
}

// The Response of an answer, whose head the Go program has written.
export function unpack([head, body]) {
	const [status, ...lines] = head.split("\n");
	const headers = [];
	for (let i = 0; i < lines.length; i += 2) headers.push([lines[i], lines[i + 1]]);
	return new Response(body, { status, headers });
}

// An object's own end of it.
export class Crossing {
	page = new Uint8Array(room);
	count = 0;
	open = new Map(); // requests, by their numbers
	numbers = new Map(); // by the names that requests have at the front door

	// Has the program answer a request, with a body that is there or a stream.
	pass({ answer }, name, head, body, stream) {
		const { read, written } = encoder.encodeInto(head, this.page);
		const size = written + (body?.length ?? 0);
		if (read < head.length || size > room) return ["431", null];
		if (body) this.page.set(body, written);
		return new Promise((respond) => {
			const number = ++this.count;
			this.numbers.set(name, number);
			this.open.set(number, { name, respond, told: stream !== null });
			this.clock ??= setTimeout(this.look, patience);
			answer(number, written, size, stream);
		});
	}

	// The client of a request is gone, perhaps in the middle of the answer.
	leave({ leave }, name) {
		const number = this.numbers.get(name);
		if (number !== undefined) leave(number);
	}

	// Tells who has waited for long that it takes longer, by a function that has
	// the answer. One clock looks after all: setting one is dear.
	look = () => {
		let waiting = false;
		for (const request of this.open.values()) {
			if (request.told) continue;
			waiting = true;
			if (!request.waited) {
				request.waited = true;
				continue;
			}
			request.told = true;
			const { promise, resolve } = Promise.withResolvers();
			request.respond(() => promise);
			request.respond = resolve;
		}
		this.clock = waiting ? setTimeout(this.look, patience) : undefined;
	};

	// Takes an answer of the program: a head with a body in one piece behind it
	// or a stream, in the page or, if it is larger, in a letter of its own.
	respond = (number, head, size, stream, letter = this.page) => {
		const body = stream ?? (size > head ? letter.slice(head, size) : null);
		const request = this.open.get(number);
		request.told = true;
		request.respond([decoder.decode(letter.subarray(0, head)), body]);
		if (!stream) this.end(number);
	};

	// The program calls this itself where the answer is a stream.
	end = (number) => {
		this.numbers.delete(this.open.get(number).name);
		this.open.delete(number);
	};
}
