import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, ROOT, runCli, startCli, temporaryFolder } from '../support/cli.js';
import { emptyDatabases } from '../support/empty-database.js';
import { describePostgres } from '../support/postgres.js';

interface Report {
  status: string;
  crash: { node: string; iteration: number; signal: string; during?: boolean };
  committedBeforeCrash: string[];
  ranAfterCrash: string[];
  reExecuted: string[];
  resumeMs: number | null;
  nodes: {
    node: string;
    iteration: number;
    attempts: number;
    worker: string;
    startedAt: string;
    completedAt: string;
  }[];
  report: string;
  workers: { crashed: string; fresh: string };
  replayedCalls?: number;
  executedCalls?: number;
  repeatedCalls?: string[];
}

const NODES = ['research', 'validate', 'summarize', 'report'];
const LOOP = ['research', 'validate', 'research#2', 'validate#2', 'enough', 'summarize', 'report'];

afterAll(cleanUp);

async function demo(...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await runCli(['crash-demo', '--json', ...args], { cwd: temporaryFolder() });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.trimEnd()).not.toContain('\n');
  return JSON.parse(stdout) as Report;
}

/** The same on every store. @param store the options that choose it */
function showsTheCrash(store: () => Promise<string[]>): void {
  test.each(NODES)('--crash-after %s: nothing committed runs again', async (node) => {
    const report = await demo(...(await store()), '--crash-after', node);
    const done = NODES.slice(0, NODES.indexOf(node) + 1);
    expect(report).toMatchObject({
      status: 'COMPLETED',
      crash: { node, iteration: 1, signal: 'SIGKILL' },
      committedBeforeCrash: done,
      ranAfterCrash: NODES.slice(done.length),
      reExecuted: [],
    });
    expect(report.nodes.map((each) => each.node)).toEqual(NODES);
    expect(report.nodes.map((each) => each.attempts)).toEqual([1, 1, 1, 1]);
    const { crashed, fresh } = report.workers;
    expect(report.nodes.map((each) => each.worker)).toEqual(
      NODES.map((each) => (done.includes(each) ? crashed : fresh)),
    );
    expect(existsSync(report.report)).toBe(true);
    if (node === 'report') expect(report.resumeMs).toBeNull();
    else expect(report.resumeMs).toBeGreaterThan(0);
  });

  test('--crash-in research: committed durable calls are read back, none runs again', async () => {
    const report = await demo(...(await store()), '--crash-in', 'research');
    expect(report.crash).toEqual({ node: 'research', iteration: 1, signal: 'SIGKILL', during: true });
    expect(report).toMatchObject({
      status: 'COMPLETED',
      committedBeforeCrash: [],
      ranAfterCrash: NODES,
      reExecuted: [],
    });
    expect(report.replayedCalls).toBeGreaterThanOrEqual(1);
    expect(report.executedCalls).toBeGreaterThanOrEqual(2);
    expect(report.repeatedCalls).toEqual([]);
    expect(report.nodes[0]).toMatchObject({ node: 'research', attempts: 2 });
  });
}

/** @param store the options that choose it */
function showsTheRound(store: () => Promise<string[]>): void {
  test.each([
    ['validate', 1, 2],
    ['validate#2', 2, 5],
  ])('--crash-after %s in a loop: it goes on in that round', async (node, iteration, committed) => {
    // A longer lease than that of the demo: a busy machine must not make a living worker look dead.
    const pipeline = ['--pipeline', join(ROOT, 'pipelines/research-loop.yaml'), '--lease', '20s'];
    const report = await demo(...(await store()), ...pipeline, '--crash-after', node);
    expect(report).toMatchObject({
      status: 'COMPLETED',
      crash: { node: 'validate', iteration, signal: 'SIGKILL' },
      committedBeforeCrash: LOOP.slice(0, committed),
      ranAfterCrash: LOOP.slice(committed).filter((each) => each !== 'enough'),
      reExecuted: [],
    });
    const tasks = report.nodes.filter((each) => each.node !== 'enough');
    expect(tasks.map((each) => [each.node, each.iteration, each.attempts])).toEqual([
      ['research', 1, 1],
      ['validate', 1, 1],
      ['research', 2, 1],
      ['validate', 2, 1],
      ['summarize', 1, 1],
      ['report', 1, 1],
    ]);
    const { crashed, fresh } = report.workers;
    const before = tasks.filter((each) => each.iteration <= iteration && ['research', 'validate'].includes(each.node));
    expect(tasks.map((each) => each.worker)).toEqual(tasks.map((each) => (before.includes(each) ? crashed : fresh)));
    expect(existsSync(report.report)).toBe(true);
  });
}

// One after the other: with five at once a living worker looks dead within the lease of the demo.
describe('crash-demo on SQLite', { timeout: 60_000 }, () => {
  showsTheCrash(() => Promise.resolve([]));
});

describe('crash-demo of a loop on SQLite', { timeout: 60_000 }, () => {
  showsTheRound(() => Promise.resolve([]));
});

describePostgres('crash-demo on PostgreSQL', { timeout: 60_000 }, () => {
  // One after the other: they share the database.
  const empty = emptyDatabases();
  showsTheCrash(async () => ['--database', await empty()]);
  showsTheRound(async () => ['--database', await empty()]);

  test('prints an object of the same shape as on SQLite', async () => {
    const shapeOf = (report: Report): unknown => [
      Object.keys(report),
      report.nodes.map((node) => Object.keys(node)),
      Object.keys(report.workers),
    ];
    expect(shapeOf(await demo('--database', await empty()))).toEqual(shapeOf(await demo()));
  });
});

describe.concurrent('crash-demo', { timeout: 60_000 }, () => {
  test('an unknown node is refused before anything starts', async () => {
    const cwd = temporaryFolder();
    for (const [option, node] of [
      ['--crash-after', 'reserch'],
      ['--crash-after', 'reserch#2'],
      ['--crash-in', 'reserch'],
    ] as const) {
      const { code, stdout, stderr } = await runCli(['crash-demo', option, node], { cwd });
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain('did you mean research?');
    }
  });

  test('its processes die with it, however it dies', async ({ expect }) => {
    const demoProcess = startCli(['crash-demo'], { cwd: temporaryFolder() });
    const [, pid] = await demoProcess.until(/server +pid (\d+)/);
    demoProcess.kill('SIGKILL');
    await demoProcess.ended;
    await expect.poll(() => isAlive(Number(pid)), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
