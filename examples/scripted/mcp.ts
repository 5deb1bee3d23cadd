/** An MCP server with one tool. */
import type { Transport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { readThermometer } from './thermometer.js';

export async function serveWeather(transport: Transport): Promise<void> {
  const server = new McpServer({ name: 'weather-station', version: '1.0.0' });
  server.registerTool(
    'weather',
    { description: 'The temperature in a city', inputSchema: z.object({ city: z.string() }) },
    async ({ city }) => ({ content: [{ type: 'text', text: JSON.stringify(await readThermometer(city)) }] }),
  );
  await server.connect(transport);
}
