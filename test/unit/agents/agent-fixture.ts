import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AgentSpec, Json, JsonObject } from '../../../src/core/ir.js';
import type { HandlerContext, HandlerLog, HandlerMessage, ModelBudget } from '../../../src/worker/handler.js';
import type { Model, ModelReply, ModelRequest, ToolCall } from '../../../src/agents/models/model.js';
import { FakeSession } from './fake-session.js';

export const DOCS: Readonly<Record<string, string>> = {
  'leases.md': `# Leases

A worker polls the server and receives a lease on one attempt. The lease expires after thirty
seconds unless the worker extends it by a heartbeat. Heartbeats run in a thread of
their own, so that a busy handler keeps its lease.

## Crashes

- When a worker crashes, its lease expires and the server gives the attempt to another worker.
- The reaper looks for expired leases once per second.

\`\`\`ts
const lease = worker.lease(heartbeat, server); // a worker crash in code
\`\`\`

| word | meaning of the lease |
|---|---|
| worker lease | a worker holds a lease after a crash |
`,
  'guide/commits.md': `# Commits

Every result is committed before the server answers. A committed result is never computed again, even when
the worker crashes right after the commit. An effect whose process died before its commit runs again.

> A worker that crashes between the effect and its commit leaves no result behind.
`,
  'history.txt': `The project began as a small scheduler. It kept its state in memory.
Later a worker crash taught its authors to write every lease to disk.
`,
  'cooking.md': `# Soup

Boil the water, then add salt and vegetables. Serve the soup while it is hot.
`,
};

export const QUESTION = 'What happens to the lease when a worker crashes before its commit?';

export interface Folder {
  readonly path: string;
  remove(): void;
}

export function docsFolder(files: Readonly<Record<string, string>> = DOCS): Folder {
  const path = mkdtempSync(join(tmpdir(), 'nexum-agents-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function recordingLog(lines: LogLine[] = []): HandlerLog & { lines: LogLine[] } {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, fields });
    };
  return { lines, info: write('info'), warn: write('warn'), error: write('error') };
}

export const RESEARCHER: AgentSpec = {
  name: 'researcher',
  instructions: 'Collect facts with sources.',
  tools: ['search_documents', 'read_document'],
  maxSteps: 8,
};

export function agentContext(options: {
  docs: string;
  session?: FakeSession;
  spec?: Partial<AgentSpec>;
  prompt?: string;
  /** In a free graph. */
  messages?: readonly HandlerMessage[];
  outputSchema?: JsonObject;
  signal?: AbortSignal;
  budget?: ModelBudget;
}): HandlerContext & { log: ReturnType<typeof recordingLog>; session: FakeSession } {
  return {
    executionId: 'exec-1',
    node: 'research',
    iteration: 1,
    attempt: 1,
    idempotencyKey: 'exec-1:research:v1',
    signal: options.signal ?? new AbortController().signal,
    log: recordingLog(),
    session: options.session ?? new FakeSession(),
    budget: options.budget ?? { admit: () => Promise.resolve(), used: () => undefined },
    env: {},
    inputs: { docs: options.docs },
    deps: {},
    ...(options.messages === undefined ? {} : { messages: options.messages }),
    agent: {
      spec: { ...RESEARCHER, ...options.spec },
      prompt: options.prompt ?? `Research ${QUESTION}`,
      ...(options.outputSchema === undefined ? {} : { outputSchema: options.outputSchema }),
    },
  };
}

export function calls(...list: readonly (readonly [name: string, args: Json | string])[]): readonly ToolCall[] {
  return list.map(([name, args], index) => ({
    id: `c${index}`,
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
  }));
}

/** A model that gives the listed replies in order and keeps what it was asked. */
export function scriptedModel(script: readonly (string | readonly ToolCall[])[]): Model & { asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  return {
    id: 'test/scripted',
    asked,
    chat(request): Promise<ModelReply> {
      const next = script[asked.length];
      asked.push(request);
      if (next === undefined) throw new Error(`the script has no reply ${asked.length}`);
      const content = typeof next === 'string' ? next : '';
      const toolCalls = typeof next === 'string' ? [] : next;
      const raw = { role: 'assistant', content, signature: `s${asked.length}` };
      return Promise.resolve({
        message: { role: 'assistant', content, toolCalls, raw },
        usage: { inputTokens: 10, outputTokens: 2 },
      });
    },
  };
}

/** What the tools answered in a request, in order. */
export function observations(request: ModelRequest | undefined): readonly string[] {
  return (request?.messages ?? []).flatMap((message) => (message.role === 'tool' ? [message.content] : []));
}

/** A reply of a script: text, tool calls, or both. */
export type Scripted = string | readonly ToolCall[] | { readonly text: string; readonly calls: readonly ToolCall[] };

/**
 * A model that knows what it has said before, as real ones do: the n-th reply of the agent whose system prompt begins
 * with a name, so that it goes on in the middle after a crash.
 */
export function speakingModel(
  scripts: Readonly<Record<string, readonly Scripted[]>>,
): Model & { asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  return {
    id: 'test/speaking',
    asked,
    chat(request): Promise<ModelReply> {
      asked.push(request);
      const [first] = request.messages;
      const speaker = Object.keys(scripts).find((name) => first?.role === 'system' && first.content.startsWith(name));
      const turn = request.messages.filter(({ role }) => role === 'assistant').length;
      const next = scripts[speaker ?? '']?.[turn];
      if (next === undefined) return Promise.reject(new Error(`no reply ${turn} of ${speaker ?? 'nobody'}`));
      const content = typeof next === 'string' ? next : 'text' in next ? next.text : '';
      const toolCalls = typeof next === 'string' ? [] : 'text' in next ? next.calls : next;
      const raw = { role: 'assistant', content, turn };
      return Promise.resolve({
        message: { role: 'assistant', content, toolCalls, raw },
        usage: { inputTokens: 10, outputTokens: 2, costUsd: 0.5 },
      });
    },
  };
}

/** The last message of a request, as text. */
export function lastWords(request: ModelRequest | undefined): string {
  return request?.messages.at(-1)?.content ?? '';
}
