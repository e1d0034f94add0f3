// Runs the tests of a Go package, compiled to test.wasm, in whatever calls run.
import "./wasm_exec.js";
import program from "./test.wasm";

// Go's own stand-in for a file system has none. Tests need a place to print to,
// and a name for a folder that nothing is put in.
fs.mkdir = (path, mode, callback) => callback(null);
fs.unlink = fs.rmdir = (path, callback) => callback(Object.assign(new Error("no such file"), { code: "ENOENT" }));

// The body of the request is the program's arguments. The answer is what it
// prints, while it prints it, with a last line for its exit status.
export async function run(request, ctx) {
	const { readable, writable } = new TransformStream();
	const out = writable.getWriter();
	fs.writeSync = (fd, bytes) => {
		out.write(bytes.slice());
		return bytes.length;
	};
	const go = new Go();
	go.argv = ["test", ...await request.json()];
	go.exit = async (status) => {
		await out.write(new TextEncoder().encode(`exit status ${status}\n`));
		out.close();
	};
	ctx.waitUntil(go.run(new WebAssembly.Instance(program, go.importObject)));
	return new Response(readable);
}
