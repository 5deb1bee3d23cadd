// A real MCP server over stdio. What it has done stands in the file LOG, one line each.
import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const log = (line) => process.env.LOG && appendFileSync(process.env.LOG, `${line}\n`);
log(`start ${process.pid}`);
if (process.env.BROKEN) {
  process.stderr.write('no such database: /data\n');
  process.exit(3);
}
const server = new McpServer({ name: 'test', version: '1' });
const text = (value) => ({ content: [{ type: 'text', text: String(value) }] });

server.registerTool(
  'echo',
  { description: 'Says it again', inputSchema: z.object({ value: z.string() }) },
  ({ value }, ctx) => {
    log(`echo ${value}`);
    return text(`${value} ${JSON.stringify(ctx?.mcpReq?._meta ?? {})}`);
  },
);
server.registerTool('env', { description: 'Its environment', inputSchema: z.object({}) }, () =>
  text(JSON.stringify(process.env)),
);
server.registerTool('fails', { description: 'Fails', inputSchema: z.object({}) }, () => {
  log('fails');
  return { ...text('the disk is full'), isError: true };
});
server.registerTool('dies', { description: 'Ends the process', inputSchema: z.object({}) }, () => process.exit(1));
server.registerTool('image', { description: 'No text', inputSchema: z.object({}) }, () => ({
  content: [
    { type: 'text', text: 'see' },
    { type: 'image', data: 'aGk=', mimeType: 'image/png' },
  ],
}));
server.registerTool('long', { description: 'Much text', inputSchema: z.object({}) }, () => text('<'.repeat(100_000)));
server.registerTool(
  'hangs',
  { description: 'Never answers', inputSchema: z.object({}) },
  () => new Promise(() => log('hangs')),
);
server.registerTool('dotted.name/with things', { description: 'x'.repeat(5000), inputSchema: z.object({}) }, () =>
  text('dotted'),
);
server.registerTool(
  'structured',
  { description: 'Numbers', inputSchema: z.object({}), outputSchema: z.object({ sum: z.number() }) },
  () => ({ ...text('{"sum":3}'), structuredContent: { sum: 3 } }),
);
await server.connect(new StdioServerTransport());
