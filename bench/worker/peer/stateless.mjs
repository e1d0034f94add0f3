// There are no sessions: createMcpHandler makes a server for each request.
import { McpServer } from "@modelcontextprotocol/server";
import { createMcpHandler } from "agents/mcp/server";
import { offerAdd } from "./add.mjs";
import { guarded } from "./oauth.mjs";

const handler = createMcpHandler(() => offerAdd(new McpServer({ name: "math", version: "1.0.0" })));

export default guarded({ fetch: (request, env, ctx) => handler(request, env, ctx) });
