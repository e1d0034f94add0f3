// How a request reaches the Go program, and how its answer comes back: each in
// one piece, through memory that both sides know. A step from JavaScript to Go
// or back costs more than the bytes that it carries.
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const largest = 64 << 10; // of a body that goes with its head
const room = largest + (384 << 10); // with any head that the runtime takes, which is 128 KiB before it is UTF-8

export class Crossing {
	page = new Uint8Array(room);
	count = 0;
	waiting = new Map(); // for an answer, by the number of the request

	// Has the program answer a request. A body that is large, or nobody knows how
	// large, does not go through the page: it is read while it arrives.
	async send(request, { answer, leave }) {
		let head = `${request.method}\n${request.url}`;
		for (const [name, value] of request.headers) head += `\n${name}\n${value}`;
		const length = request.headers.get("Content-Length");
		const whole = request.body !== null && length !== null && length <= largest;
		const body = whole ? new Uint8Array(await request.arrayBuffer()) : new Uint8Array();

		const { read, written } = encoder.encodeInto(head, this.page);
		if (read < head.length || written + body.length > room) return new Response(null, { status: 431 });
		this.page.set(body, written);
		return new Promise((respond) => {
			const id = ++this.count;
			this.waiting.set(id, respond);
			request.signal.addEventListener("abort", () => leave(id));
			answer(id, written, written + body.length, whole ? null : request.body);
		});
	}

	// Takes the answer of the program: a head, with a body in one piece behind it
	// or a stream, in the page or, if it is larger, in a letter of its own.
	respond = (id, head, size, stream, letter = this.page) => {
		const [status, ...lines] = decoder.decode(letter.subarray(0, head)).split("\n");
		const headers = [];
		for (let i = 0; i < lines.length; i += 2) headers.push([lines[i], lines[i + 1]]);
		const body = stream ?? (size > head ? letter.slice(head, size) : null);
		this.waiting.get(id)(new Response(body, { status, headers }));
		this.waiting.delete(id);
	};
}
