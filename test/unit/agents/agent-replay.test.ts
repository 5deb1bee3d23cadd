/**
 * Every kind of agent, killed after each of its committed calls: what was committed does not run again, the answer is the
 * same, and so is the transcript that is read back from the calls.
 */
// Compiled: the sandbox is a process that runs its own files, and it throws errors of this package.
import { runAgent } from '#dist/agents/agent-loop.js';
import { citationProblems } from '#dist/agents/citation-check.js';
import { stepsOf, type AgentStep } from '#dist/agents/steps.js';
import { documentTools } from '#dist/agents/tools/document-tools.js';
import { DocumentLibrary } from '#dist/handlers/document-library.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentSpec, Json } from '../../../src/core/ir.js';
import { calls, docsFolder, recordingLog, RESEARCHER, speakingModel, type Folder } from './agent-fixture.js';
import { FakeSession, Killed, type Store } from './fake-session.js';

const FIRST_DAY = Date.UTC(2026, 0, 1);
const SECOND_DAY = Date.UTC(2026, 0, 2);

let folder: Folder;
beforeAll(() => {
  folder = docsFolder();
  vi.useFakeTimers({ toFake: ['Date'] });
});
beforeEach(() => {
  vi.setSystemTime(FIRST_DAY);
});
afterAll(() => {
  folder.remove();
  vi.useRealTimers();
});

interface Scenario {
  readonly name: string;
  readonly spec: Partial<AgentSpec>;
  readonly scripts: Parameters<typeof speakingModel>[0];
  readonly commits: number;
  readonly kinds: readonly AgentStep['kind'][];
}

const SEARCH = ['search_documents', { query: 'lease' }] as const;
const READ = ['read_document', { path: 'leases.md' }] as const;
const js = (code: string): string => `\`\`\`js\n${code}\n\`\`\``;

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'tool_calling with plans, checks and a repair',
    spec: {
      instructions: 'LEAD',
      tools: ['search_documents', 'read_document', 'final_answer', 'ask_human'],
      planningInterval: 2,
      finalAnswerChecks: [{ minLength: 20 }, { citationsExist: true }],
    },
    scripts: {
      LEAD: [
        'First search, then read.',
        calls(SEARCH, ['search_documents', { query: 'crash' }], ['ask_human', { question: 'Go on?' }]),
        calls(READ),
        'Answer now.',
        calls(['final_answer', { answer: '"leases are forever" [leases.md:3]' }]),
        calls(READ, ['final_answer', { answer: '"The lease expires after thirty seconds" [leases.md:3-4]' }]),
      ],
    },
    // 6 model calls, 2 searches, 1 question, 1 read (twice), 2 verdicts
    commits: 12,
    kinds: ['system_prompt', 'task', 'planning', 'action', 'action', 'planning', 'final_answer', 'final_answer'],
  },
  {
    name: 'agents that ask agents at the same time',
    spec: {
      instructions: 'LEAD',
      tools: ['search_documents'],
      agents: [
        {
          name: 'writer',
          description: 'Writes.',
          instructions: 'WRITER',
          tools: ['search_documents'],
          maxSteps: 3,
          agents: [{ name: 'editor', description: 'Edits.', instructions: 'EDITOR', tools: [], maxSteps: 1 }],
        },
      ],
    },
    scripts: {
      LEAD: [calls(['writer', { task: 'one' }], SEARCH, ['writer', { task: 'two' }]), 'Done.'],
      WRITER: [calls(SEARCH), calls(['editor', { task: 'Edit.' }]), 'Written.'],
      EDITOR: ['Edited.'],
    },
    // the lead: 2 models, 1 search; each writer: 3 models, 1 search, its editor 1 model
    commits: 13,
    kinds: ['system_prompt', 'task', 'action', 'final_answer'],
  },
  {
    name: 'code with variables, two calls at once, an error and a repair',
    spec: { instructions: 'LEAD', kind: 'code', finalAnswerChecks: [{ minLength: 8 }] },
    scripts: {
      LEAD: [
        js(
          'const found = await Promise.all(["lease", "crash"].map((query) => search_documents({ query })));\n' +
            'const paths = found.map(({ hits }) => hits[0].path);\nprint(paths.join(" "));\npaths.length',
        ),
        js('const random = Math.random(); const now = Date.now();\nawait read_document({ path: "absent.md" });'),
        js(
          'const { text } = await read_document({ path: paths[0], start_line: 1, end_line: 1 });\nawait final_answer("short");',
        ),
        js('await final_answer([text, paths, random, now]);'),
      ],
    },
    // 4 models, the clock, 2 searches, 1 read, 2 answers
    commits: 10,
    kinds: ['system_prompt', 'task', 'action', 'action', 'final_answer', 'final_answer'],
  },
];

interface Attempt {
  readonly session: FakeSession;
  readonly steps: AgentStep[];
  readonly output: Promise<Json>;
  readonly asked: readonly unknown[];
}

function attempt({ spec, scripts }: Scenario, store: Store, dieAfter = Infinity): Attempt {
  const person = () => ({ approved: true, approver: 'anna', comment: 'Go on.' });
  const session = new FakeSession(store, dieAfter, person);
  const model = speakingModel(scripts);
  const library = new DocumentLibrary();
  const steps: AgentStep[] = [];
  const output = runAgent({
    spec: { ...RESEARCHER, ...spec },
    node: 'research',
    prompt: 'What happens to leases?',
    model,
    tools: documentTools(library, folder.path),
    docs: folder.path,
    citations: (answer, signal) => citationProblems(library, folder.path, answer, signal),
    session,
    log: recordingLog(),
    signal: new AbortController().signal,
    onStep: (step) => steps.push(step),
  }).then((outcome) => outcome.output);
  return { session, steps, output, asked: model.asked };
}

/** Each attempt takes its own time. */
function timeless<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, member: unknown) => (key === 'ms' ? 0 : member))) as T;
}

const sorted = (store: Store): unknown => timeless([...store].sort(([a], [b]) => (a < b ? -1 : 1)));

describe.each(SCENARIOS)('$name', (scenario) => {
  const { commits } = scenario;

  it('M1 T1 K1 K2 A1: killed after any committed call, it goes on from there, with the same answer and transcript', async () => {
    const whole: Store = new Map();
    const first = attempt(scenario, whole);
    const expected = await first.output;
    expect(first.session.stats.executed).toBe(commits);
    expect(first.steps.filter(({ agent }) => agent === undefined).map(({ kind }) => kind)).toEqual(scenario.kinds);

    for (let n = 1; n <= commits; n += 1) {
      const store: Store = new Map();
      vi.setSystemTime(FIRST_DAY);
      const killed = attempt(scenario, store, n);
      await expect(killed.output).rejects.toBeInstanceOf(Killed);
      expect(store.size).toBe(n);
      // What began on the first day goes on with its clock; the second commit of the code is that clock.
      if (n > 1) vi.setSystemTime(SECOND_DAY);
      const second = attempt(scenario, store);
      expect(await second.output).toEqual(expected);
      expect(second.session.stats.executed).toBe(commits - n);
      expect(sorted(store)).toEqual(sorted(whole));
      expect(told(second.steps)).toEqual(told(first.steps));
    }
  }, 60_000);

  it('M6: stepsOf reads from the calls what onStep has told', async () => {
    const { session, steps, output } = attempt(scenario, new Map());
    await output;
    expect(told(stepsOf(session.recorded()))).toEqual(told(steps));
  });
});

/** Steps of agents that work at the same time come in any order. */
function told(steps: readonly AgentStep[]): readonly string[] {
  return timeless(steps)
    .map((step) => JSON.stringify(step, (_key, value: unknown) => sortedKeys(value)))
    .sort();
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
