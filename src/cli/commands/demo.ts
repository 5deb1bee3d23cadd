/** `nexum demo`: what can be tried without a key, a network or a pipeline. */
import { Argument, type Command } from 'commander';
import { nexumError } from '../../errors.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext, type GlobalOptions } from '../context.js';
import { parseCount } from '../option-parsers.js';
import { table } from '../output.js';

const DEFAULT_RUNS = 200;

const DEMOS = [
  { command: 'nexum demo bench', shows: 'what a durable call costs, and what a cached one saves: median and p95' },
  { command: 'nexum crash-demo', shows: 'a worker killed by SIGKILL, and a fresh one that goes on' },
  {
    command: 'nexum agent "What does a fenced lease guarantee?" --docs docs --crash-after-step 1',
    shows: 'an agent killed after its first call; the same command without the crash goes on',
  },
] as const;

export const demoCommand: CliCommand = {
  name: 'demo',
  summary: 'Measure plain, new and cached durable calls; without a name, list the demos',
  define(command) {
    command
      .addArgument(new Argument('[name]', 'the demo').choices(['bench']))
      .option('--runs <n>', 'calls that are measured in each way', parseCount, DEFAULT_RUNS)
      .action(async (name: 'bench' | undefined, flags: { readonly runs: number }, self: Command) => {
        const context = CommandContext.of(self);
        if (name === undefined) {
          const rows = DEMOS.map(({ command, shows }) => [command, shows]);
          context.output.data({ demos: DEMOS }, table(['DEMO', 'SHOWS'], rows));
          return;
        }
        const { server, database } = self.optsWithGlobals<GlobalOptions>();
        if (server !== undefined || database !== undefined) {
          throw nexumError('USAGE', 'the bench measures a server of its own; it takes no --server and no --database');
        }
        const { runBench } = await import('../demo/bench.js');
        await runBench(context, flags.runs);
      });
    addExamples(command, [
      ['nexum demo', 'what there is to try'],
      ['nexum demo bench', 'plain, cold and cached calls, and a whole agent'],
      ['nexum demo bench --runs 1000 --json', '{runs, agentRuns, question, fsync, call, agent, ratios}; milliseconds'],
    ]);
  },
};
