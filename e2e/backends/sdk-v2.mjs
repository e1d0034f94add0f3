// A server made with version 2 of the TypeScript SDK.
// usage: sdk-v2.mjs stdio | http
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer, acceptedContent, createMcpHandler, fromJsonSchema, inputRequired } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

const object = (properties) => fromJsonSchema({ type: 'object', properties, required: Object.keys(properties) });
const text = (words) => ({ content: [{ type: 'text', text: words }] });

function build({ era }) {
  const server = new McpServer({ name: 'sdk-v2', version: '1.0.0' }, { instructions: 'Be kind.' });

  server.registerTool('sum', {
    description: 'Adds two numbers.',
    inputSchema: object({ a: { type: 'number' }, b: { type: 'number' } }),
    outputSchema: object({ sum: { type: 'number' } }),
  }, ({ a, b }) => ({ ...text(`${a + b}`), structuredContent: { sum: a + b } }));

  server.registerTool('era', { description: 'Tells in which era it was called.' }, () => text(era));

  server.registerTool('count', { description: 'Reports three steps.' }, async (context) => {
    const progressToken = context.mcpReq._meta?.progressToken;
    for (let progress = 1; progress <= 3; progress++) {
      await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
    }
    return text('counted');
  });

  server.registerTool('greet', { description: 'Asks for a name, and greets it.' }, (context) => {
    const answer = acceptedContent(context.mcpReq.inputResponses, 'who');
    if (answer) return text(`hello ${answer.name}`);
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    return inputRequired({ inputRequests: { who: inputRequired.elicit({ message: 'Who are you?', requestedSchema }) } });
  });

  server.registerResource('motto', 'test://motto', { mimeType: 'text/plain' }, (uri) => ({ contents: [{ uri: uri.href, text: 'less is more' }] }));
  server.registerPrompt('haiku', { description: 'Wants a haiku.', argsSchema: object({ topic: { type: 'string' } }) },
    ({ topic }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `a haiku about ${topic}` } }] }));
  return server;
}

if (process.argv[2] === 'http') {
  const handler = toNodeHandler(createMcpHandler(build));
  const server = createServer((req, res) => handler(req, res));
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
} else {
  serveStdio(build);
}
