// The tool that is called, for either SDK.
import { z } from "zod";

export function offerAdd(server) {
	server.registerTool(
		"add",
		{
			description: "Adds two numbers.",
			inputSchema: z.object({ a: z.number().describe("the first number"), b: z.number().describe("the second number") }),
			outputSchema: z.object({ result: z.number() }),
			annotations: { readOnlyHint: true },
		},
		async ({ a, b }) => {
			const structuredContent = { result: a + b };
			return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
		},
	);
	return server;
}
