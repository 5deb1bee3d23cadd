/** MCP: `durableMcp` around a client makes each call of a tool durable. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { openSession } from 'nexum-pipelines';
import { durableMcp } from 'nexum-pipelines/mcp';
import { serveWeather } from './scripted/mcp.js';

const session = await openSession({ id: process.env['SESSION_ID'] ?? 'mcp' });

// In place of the pair: new StdioClientTransport({ command, args }), or one over HTTP.
const [transport, serverTransport] = InMemoryTransport.createLinkedPair();
await serveWeather(serverTransport);
const plain = new Client({ name: 'example', version: '1.0.0' });
await plain.connect(transport);

const client = durableMcp(plain, session);
for (const city of ['Oslo', 'Lima']) {
  const { content } = await client.callTool({ name: 'weather', arguments: { city } });
  console.log(JSON.stringify(content));
}

console.log(session.stats);
await session.close();
await client.close();
