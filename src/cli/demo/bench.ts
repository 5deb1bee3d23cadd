/** `nexum demo bench`: what durability costs here, and what it saves. Offline, in a folder that is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAgent } from '../../agents/agent-loop.js';
import { folderLocation } from '../../server/store-location.js';
import { startServer } from '../../server/server.js';
import { hostAt } from '../agent/agent-host.js';
import { openTools, USUAL_TOOLS } from '../agent/agent-tools.js';
import type { CommandContext } from '../context.js';
import { exitCodeOf } from '../exit-code.js';
import { BENCH_QUESTION, measureAgents, measureCalls, measureFsync } from './bench-measures.js';
import { benchReport, benchText } from './bench-report.js';
import { packageFile } from './demo-plan.js';

/** An agent makes a dozen calls: fewer runs say as much. */
const CALLS_PER_AGENT = 20;
const MAX_STEPS = 8;

export async function runBench({ output }: CommandContext, runs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nexum-bench-'));
  try {
    const server = await startServer({
      listen: '127.0.0.1:0',
      location: folderLocation(folder),
      onWarning: (text) => output.note(`warning: ${text}`),
      onFatal: (error) => {
        output.error(error);
        process.exit(exitCodeOf(error));
      },
    });
    const host = hostAt(server.own, true, () => server.stop({ graceMs: 0 }));
    try {
      const docs = packageFile('docs');
      const spec = { instructions: '', tools: USUAL_TOOLS, maxSteps: MAX_STEPS };
      const task = { spec, node: 'bench', prompt: BENCH_QUESTION, tools: openTools(docs), docs };
      const fsync = await measureFsync(folder, runs);
      const call = await measureCalls(host, runs);
      const agent = await measureAgents(host, { run: runAgent, task }, Math.max(1, Math.ceil(runs / CALLS_PER_AGENT)));
      const report = benchReport({ question: BENCH_QUESTION, fsync, call, agent });
      output.data(report, benchText(report));
    } finally {
      await host.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
