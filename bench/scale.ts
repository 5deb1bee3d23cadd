/**
 * `npm run bench -- scale [--json]`: what one completion costs in pipelines of 10 to 10,000 nodes, as items of one map, as
 * turns of one free graph, and with a million finished executions in the file. The engine and its SQLite store in this
 * process, 64 nodes at a time whatever the size: so only the size differs. Also how long a pipeline of 10,000 nodes takes
 * to compile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Engine } from '#dist/engine/engine.js';
import type { Task } from '#dist/engine/engine-port.js';
import { compilePipeline } from '#dist/pipeline/compile.js';
import { EXPRESSIONS } from '#dist/pipeline/engine-expressions.js';
import * as cron from '#dist/schedule/cron.js';
import { SqliteStore } from '#dist/store/sqlite/sqlite-store.js';
import { json, report } from './report.js';

const SIZES = [10, 100, 1000, 10_000];
/** Completions per figure. */
const COMPLETIONS = 20_000;
/** Nodes under way at once: chains beside each other, or executions where one has too few. */
const LANES = 64;
const FINISHED = 1_000_000;
const MAP_ITEMS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'nexum-scale-'));
const file = join(folder, 'nexum.db');
try {
  await run();
} finally {
  rmSync(folder, { recursive: true });
}

async function run(): Promise<void> {
  compileLarge();
  await withEngine(async (engine) => {
    await measure(engine, 1000);
    const small = await measure(engine, SIZES[0] ?? 10);
    const name = `at ${SIZES[0] ?? 10} nodes, us`;
    for (const size of SIZES) {
      const micros = size === SIZES[0] ? small : await measure(engine, size);
      report(`one completion, pipeline of ${size} nodes`, micros, 'us', { limit: small, name });
    }
    report(`one completion, map of ${MAP_ITEMS} items`, await measureMap(engine), 'us', { limit: small, name });
    for (const turns of [100, 1000, 9000]) {
      const micros = await measureGraph(engine, turns);
      report(`one completion, free graph of ${turns} turns`, micros, 'us', { limit: small, name });
    }
  });
  fillHistory();
  await withEngine(async (engine) => {
    await measure(engine, 1000);
    const name = 'at 10 nodes with them, us';
    const small = await measure(engine, 10);
    report(`the same at 10 nodes, ${FINISHED.toLocaleString('en')} finished before`, small, 'us');
    report('  and at 10,000 nodes', await measure(engine, 10_000), 'us', { limit: small, name });
  });
}

async function withEngine(work: (engine: Engine) => Promise<void>): Promise<void> {
  const store = new SqliteStore(file);
  const onFatal = (error: Error): never => {
    throw error;
  };
  const engine = new Engine({ store, expressions: EXPRESSIONS, resolveInput: (_, input) => input, cron, onFatal });
  await engine.start();
  await work(engine);
  await engine.stop();
}

function compileLarge(): void {
  const nodes = Array.from({ length: 10_000 }, (_, index) => {
    const needs = index === 0 ? '' : `needs: [n${index - 1}], `;
    return `  n${index}: { ${needs}uses: noop, with: { n: ${index}, of: "\${{ inputs.query }}" } }`;
  });
  const text = `name: large\ninputs:\n  query: { type: string }\nnodes:\n${nodes.join('\n')}\n`;
  const begin = performance.now();
  const { compiled, issues } = compilePipeline(text, 'large.yaml', { knownHandlers: ['noop'] });
  if (!compiled) throw new Error(issues.map(({ message }) => message).join('; '));
  report('compile a pipeline of 10,000 nodes', performance.now() - begin, 'ms');
}

/** Chains beside each other. Microseconds of wall time per completion. */
async function measure(engine: Engine, size: number): Promise<number> {
  const lanes = Math.min(LANES, size);
  const ids = Array.from({ length: size }, (_, index) => `n${index}`);
  const nodes = Object.fromEntries(
    ids.map((id, index) => [
      id,
      { type: 'EFFECT', dependencies: index < lanes ? [] : [`n${index - lanes}`], 'x-nexum': { handler: 'noop' } },
    ]),
  );
  const workflowId = `scale-${size}`;
  await engine.call('registerWorkflow', { workflowId, versionHash: workflowId, irJson: JSON.stringify({ nodes }) });
  const executions = Math.max(1, Math.round(COMPLETIONS / size));
  const micros = await complete(engine, workflowId, '{}', executions, Math.max(1, Math.ceil(LANES / lanes)));
  return micros / (executions * size);
}

async function measureMap(engine: Engine): Promise<number> {
  const map = { over: 'inputs.list', onItemError: 'fail' };
  const nodes = { each: { type: 'MAP', dependencies: [], 'x-nexum': { handler: 'noop', map } } };
  const workflowId = 'scale-map';
  await engine.call('registerWorkflow', { workflowId, versionHash: workflowId, irJson: JSON.stringify({ nodes }) });
  const list = Array.from({ length: MAP_ITEMS }, (_, index) => index);
  return (await complete(engine, workflowId, JSON.stringify({ list }), 1, 1)) / MAP_ITEMS;
}

/** Nodes that activate themselves again with each commit, until there are so many messages. */
async function measureGraph(engine: Engine, turns: number): Promise<number> {
  const ids = Array.from({ length: LANES }, (_, index) => `n${index}`);
  const node = (id: string): object => ({
    type: 'EFFECT',
    dependencies: [],
    'x-nexum': { handler: 'noop', edges: [{ to: id, when: { notContains: 'STOP' } }], reads: [id] },
  });
  const graph = { entry: ids, scheduling: 'eager', maxTurns: 10_000, stopWhen: { maxMessages: turns + 1 }, task: '' };
  const pipeline = { name: 'turns', inputs: {}, graph };
  const workflowId = `scale-turns-${turns}`;
  const irJson = JSON.stringify({ pipeline, nodes: Object.fromEntries(ids.map((id) => [id, node(id)])) });
  await engine.call('registerWorkflow', { workflowId, versionHash: workflowId, irJson });
  const executions = Math.max(1, Math.round(COMPLETIONS / turns));
  return (await complete(engine, workflowId, '{}', executions, 1)) / (executions * turns);
}

/** Runs executions, some at a time, with a worker of as many places as there are lanes; returns microseconds. */
function complete(engine: Engine, workflowId: string, input: string, total: number, atOnce: number): Promise<number> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    let started = 0;
    let ended = 0;
    const client = engine.openExecute(({ started: answers, finished }) => {
      const refused = answers.find(({ code }) => code !== undefined);
      if (refused) reject(new Error(refused.message));
      const over = finished.filter(({ status }) => status !== 'READY');
      const failed = over.find(({ status }) => status !== 'COMPLETED');
      if (failed) reject(new Error(`${failed.status} ${failed.message ?? ''}`));
      ended += over.length;
      start(over.length);
      if (ended < total) return;
      client.close();
      worker.close();
      resolve((performance.now() - begin) * 1000);
    });
    const start = (count: number): void => {
      for (let index = 0; index < count && started < total; index += 1) {
        started += 1;
        client.send({ starts: [{ ref: started, workflowId, versionHash: workflowId, inputJson: input }] });
      }
    };
    const answer = (tasks: readonly Task[]): void => {
      const completions = tasks.map(({ taskId }) => ({ taskId, outputJson: '{"ok":true}' }));
      worker.send({ completions, credits: tasks.length });
    };
    const hello = { workerId: 'bench', filter: { handlers: ['noop'] }, leaseMs: 600_000, heldTaskIds: [] };
    const worker = engine.openWork(hello, ({ tasks }) => {
      if (tasks.length > 0) answer(tasks);
    });
    worker.send({ credits: LANES });
    start(atOnce);
  });
}

/** As they would lie there after a million executions of one node. */
function fillHistory(): void {
  if (!json) process.stderr.write(`writing ${FINISHED.toLocaleString('en')} finished executions...\n`);
  const database = new Database(file);
  database.pragma('synchronous = OFF');
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${FINISHED})`;
  const first = 1 + (database.prepare('SELECT max(id) FROM execution').pluck().get() as number);
  const id = `'exec-01890000-0000-7000-8000-' || printf('%012x', i)`;
  database.exec(`BEGIN;
    ${numbers} INSERT INTO execution (id, execution_id, workflow_id, version_hash, status, created_at_ms, finished_at_ms,
      open_count) SELECT i + ${first}, ${id}, 'scale-10', 'scale-10', 'COMPLETED', i, i, 0 FROM n;
    ${numbers} INSERT INTO activation (execution, node, iteration, item, status, version_hash, handler, attempt, failed,
      lost, ready_at_ms, output_seq, priority) SELECT i + ${first}, 'n0', 1, -1, 'COMPLETED', 'scale-10', 'noop', 1, 0, 0,
      i, 3, 0 FROM n;
    ${numbers} INSERT INTO event (execution, seq, at_ms, kind, node, iteration, data, payload)
      SELECT i + ${first}, s.value, i, CASE s.value WHEN 1 THEN 'execution_started' WHEN 2 THEN 'node_leased'
        WHEN 3 THEN 'node_completed' ELSE 'execution_completed' END, CASE WHEN s.value IN (2, 3) THEN 'n0' END,
        CASE WHEN s.value IN (2, 3) THEN 1 END, '{"ready":[]}', CASE WHEN s.value <> 2 THEN '{"ok":true}' END
      FROM n, json_each('[1,2,3,4]') s;
    COMMIT;`);
  database.close();
}
