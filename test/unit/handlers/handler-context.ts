/** What the handler tests share: a context that records warnings, temporary folders, and the committed documents. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/ir.js';
import { createBuiltInHandlers } from '../../../src/handlers/built-in.js';
import { DocumentLibrary } from '../../../src/handlers/document-library.js';
import type { HandlerContext, HandlerTable } from '../../../src/worker/handler.js';

export const DOCUMENTS = fileURLToPath(new URL('../../fixtures/documents', import.meta.url));

function handlerContext(changes: Partial<HandlerContext> = {}, warnings: string[] = []): HandlerContext {
  return {
    executionId: 'exec-019a1b2c-aaaa-7bbb-8ccc-0123456789ab',
    node: 'step',
    iteration: 1,
    attempt: 1,
    idempotencyKey: 'exec:step:1',
    signal: new AbortController().signal,
    log: { info: () => undefined, warn: (message) => void warnings.push(message), error: () => undefined },
    session: {
      id: 'none',
      call: () => Promise.reject(new Error('document handlers make no durable calls')),
      remote: () => Promise.reject(new Error('no workers')),
      ask: () => Promise.reject(new Error('no people')),
      forget: () => Promise.reject(new Error('nothing to forget')),
      stats: { executed: 0, replayed: 0 },
    },
    budget: { admit: () => Promise.resolve(), used: () => undefined },
    env: {},
    inputs: {},
    deps: {},
    ...changes,
  };
}

/** Runs a built-in handler and reads its output back from JSON text, as the next node would get it. */
export async function run(
  name: string,
  input: JsonObject,
  changes: Partial<HandlerContext> = {},
  warnings: string[] = [],
): Promise<JsonObject> {
  return runIn(createBuiltInHandlers({ library: new DocumentLibrary(), env: {} }), name, input, changes, warnings);
}

/** The same with a handler of another table. */
export async function runIn(
  table: HandlerTable,
  name: string,
  input: JsonObject,
  changes: Partial<HandlerContext> = {},
  warnings: string[] = [],
): Promise<JsonObject> {
  const handler = table.get(name);
  if (handler === undefined) throw new Error(`no handler ${name}`);
  const output: Json = await handler(input, handlerContext(changes, warnings));
  return JSON.parse(JSON.stringify(output)) as JsonObject;
}

/** Makes a folder with these files (path -> content), removed when the test ends. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nexum-handlers-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const paths = Object.keys(files).map((path) => join(folder, path));
  for (const parent of new Set(paths.map(dirname))) await mkdir(parent, { recursive: true });
  await Promise.all(Object.values(files).map((content, index) => writeFile(paths[index] ?? folder, content)));
  return folder;
}
