import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createBuiltInHandlers } from '../../../src/handlers/built-in.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import { DOCUMENTS, run } from './handler-context.js';

test('the table holds the documented names', () => {
  expect([...createBuiltInHandlers({ library: new DocumentLibrary(), env: {} }).keys()].sort()).toEqual([
    'cite.validate',
    'docs.chunk',
    'docs.load',
    'docs.read',
    'docs.search',
    'file.write',
    'http.request',
    'js.run',
    'mcp.call',
    'report.markdown',
    'shell.run',
    'text.summarize',
    'text.template',
    'web.search',
    'web.visit',
  ]);
});

test.each(['research.yaml', 'parallel.yaml'])('the example pipeline %s uses only handlers that exist', async (file) => {
  const source = await readFile(new URL(`../../../pipelines/${file}`, import.meta.url), 'utf8');
  expect(source.split('\n')[0]).toBe('# yaml-language-server: $schema=./pipeline.schema.json');
  const { nodes } = parse(source) as { nodes: Record<string, { uses?: string }> };
  const used = Object.values(nodes).flatMap(({ uses }) => uses ?? []);
  expect(used.length).toBeGreaterThan(0);
  const table = createBuiltInHandlers({ library: new DocumentLibrary(), env: {} });
  expect(used.filter((name) => !table.has(name))).toEqual([]);
});

test('two searches join in one validation and keep both questions', async () => {
  const [first, second] = await Promise.all([
    run('docs.search', { docs: DOCUMENTS, query: 'default lease' }),
    run('docs.search', { docs: DOCUMENTS, query: 'disk full alert' }),
  ]);
  const validated = await run('cite.validate', { docs: DOCUMENTS, findings: [first, second] });
  expect(validated).toMatchObject({ question: 'default lease / disk full alert', verifiedFraction: 1, uncovered: [] });
});
