// How a request reaches the Go program in its object, and how the answer comes
// back: each in one piece, first from the front door to the object by a call,
// then through the memory of the program. Every other way costs more than what
// it carries.
//
//	take -> send -> Crossing.pass -> Go -> Crossing.respond -> unpack
//
// A body that is large, or nobody knows how large, is a stream.
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const largest = 64 << 10; // of a body that goes with its head
const room = largest + (384 << 10); // in the page: see internal/worker/crossing.go
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
	count = 0;
	open = new Map(); // requests, by their numbers
	numbers = new Map(); // by the names that requests have at the front door

	// Leads to a program from now on.
	lead(go, { exports }) {
		this.go = go;
		this.exports = exports;
	}

	// The place in the program's memory where letters cross, and their answers.
	// The memory is another buffer when it has grown.
	get page() {
		const { mem, page } = this.exports;
		if (this.view?.buffer !== mem.buffer) this.view = new Uint8Array(mem.buffer, this.start ??= page(), room);
		return this.view;
	}

	// Has the program answer a request, with a body that is there or a stream.
	pass({ receive }, name, head, body, stream) {
		const { page } = this;
		const { read, written } = encoder.encodeInto(head, page);
		const size = written + (body?.length ?? 0);
		if (read < head.length || size > page.length) return ["431", null];
		if (body) page.set(body, written);
		return new Promise((respond) => {
			const number = ++this.count;
			this.numbers.set(name, number);
			this.open.set(number, { name, respond, told: stream !== null });
			this.clock ??= setTimeout(this.look, patience);
			if (stream !== null) {
				receive(number, written, stream);
			} else {
				this.exports.receive(number, written, size);
				this.go._resume(); // has it work on what it has received
			}
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
			const { respond } = request;
			const answer = new Promise((later) => request.respond = later);
			respond(() => answer);
		}
		this.clock = waiting ? setTimeout(this.look, patience) : undefined;
	};

	// Takes an answer of the program: a head with a body behind it, in the page
	// or, if it is larger, in a letter of its own.
	respond = (number, head, size, letter = this.page) => {
		const body = size > head ? letter.slice(head, size) : null;
		this.open.get(number).respond([decoder.decode(letter.subarray(0, head)), body]);
		this.end(number);
	};

	// Takes the head of an answer whose body is a stream, which the program ends.
	stream = (number, head, stream) => {
		const request = this.open.get(number);
		request.told = true;
		request.respond([head, stream]);
	};

	end = (number) => {
		this.numbers.delete(this.open.get(number).name);
		this.open.delete(number);
	};
}
