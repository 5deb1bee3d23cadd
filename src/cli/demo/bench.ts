/** `nexum demo bench`: what durability costs here, and what it saves. Offline, in a folder that is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAgent } from '../../agents/agent-loop.js';
import { openSession } from '../../sdk/open-session.js';
import { equipForDocuments, USUAL_TOOLS } from '../agent/agent-tools.js';
import type { CommandContext } from '../context.js';
import { BENCH_QUESTION, measureAgents, measureCalls, measureFsync } from './bench-measures.js';
import { benchReport, benchText } from './bench-report.js';
import { packageFile } from './demo-plan.js';

/** An agent makes a dozen calls: fewer runs say as much. */
const CALLS_PER_AGENT = 20;
const MAX_STEPS = 8;

export async function runBench({ output }: CommandContext, runs: number): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nexum-bench-'));
  try {
    const fsync = await measureFsync(dataDir, runs);
    // All sessions of the process share one server: this one keeps it open between them.
    await using _server = await openSession({ id: 'bench', dataDir });
    const call = await measureCalls(dataDir, runs);
    const docs = packageFile('docs');
    const spec = { instructions: '', tools: USUAL_TOOLS, maxSteps: MAX_STEPS };
    const task = { spec, node: 'bench', prompt: BENCH_QUESTION, docs, ...equipForDocuments(docs) };
    const agent = await measureAgents(dataDir, { run: runAgent, task }, Math.ceil(runs / CALLS_PER_AGENT));
    const report = benchReport({ question: BENCH_QUESTION, fsync, call, agent });
    output.data(report, benchText(report));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
