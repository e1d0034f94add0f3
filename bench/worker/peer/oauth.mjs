// The OAuth of Cloudflare's guide to securing MCP servers, in front of /mcp.
// Everybody is let in at once: the login is not what is measured.
import { OAuthProvider } from "@cloudflare/workers-oauth-provider";

// In the place of the namespace OAUTH_KV: a lookup in it is no request at all.
class Namespace {
	items = new Map();

	async get(key, options) {
		const value = this.items.get(key)?.value;
		if (value === undefined) return null;
		return (options?.type ?? options) === "json" ? JSON.parse(value) : value;
	}

	async put(key, value, { metadata } = {}) {
		this.items.set(key, { value, metadata });
	}

	async delete(key) {
		this.items.delete(key);
	}

	async list({ prefix = "" } = {}) {
		const keys = [...this.items].filter(([name]) => name.startsWith(prefix)).map(([name, { metadata }]) => ({ name, metadata }));
		return { keys, list_complete: true };
	}
}

const authorize = {
	async fetch(request, env) {
		const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
		const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
			request: asked,
			userId: "ada",
			metadata: {},
			scope: asked.scope,
			props: { userId: "ada" },
		});
		return Response.redirect(redirectTo, 302);
	},
};

// Puts the login in front of a handler of /mcp. The resource is the address of
// the first request, since the port is known only then.
export function guarded(handler) {
	const memory = new Namespace();
	let provider;
	return {
		fetch(request, env, ctx) {
			provider ??= new OAuthProvider({
				authorizeEndpoint: "/authorize",
				tokenEndpoint: "/token",
				clientRegistrationEndpoint: "/register",
				apiRoute: "/mcp",
				apiHandler: handler,
				defaultHandler: authorize,
				scopesSupported: ["math"],
				requiredScopes: ["math"],
				resourceMetadata: { resource: new URL("/mcp", request.url).href },
			});
			return provider.fetch(request, { ...env, OAUTH_KV: env.OAUTH_KV ?? memory }, ctx);
		},
	};
}
