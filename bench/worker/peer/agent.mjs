// A session is a Durable Object: McpAgent.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { McpAgent } from "agents/mcp";
import { offerAdd } from "./add.mjs";
import { guarded } from "./oauth.mjs";

export class Agent extends McpAgent {
	server = new McpServer({ name: "math", version: "1.0.0" });

	async init() {
		offerAdd(this.server);
	}
}

export default guarded(Agent.serve("/mcp", { binding: "AGENT" }));
