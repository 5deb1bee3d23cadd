/** `nexum crash-demo`: see a crash, and what it does not cost. */
import type { Command } from 'commander';
import { nexumError } from '../../errors.js';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext, type GlobalOptions } from '../context.js';
import type { CrashDemoFlags } from '../demo/demo-plan.js';
import { collect, parseDuration } from '../option-parsers.js';

export const crashDemoCommand: CliCommand = {
  name: 'crash-demo',
  summary: 'Kill a worker by SIGKILL and watch a fresh one go on from the last commit',
  define(command) {
    command
      .option(
        '--crash-after <node>',
        'kill worker 1 after the first commit of this node, or of node#2, was acknowledged (default: validate)',
      )
      .option(
        '--crash-in <node>',
        'kill worker 1 inside this node, after two durable calls of its agent were committed',
      )
      .option('--query <text>', 'the question (default: that of the pipeline, else "How does a lease protect a task?")')
      .option('--docs <folder>', 'the documents (default: the documentation of nexum)')
      .option('--pipeline <file>', 'another pipeline (default: the research pipeline of this package)')
      .option('-i <key=value>', 'further inputs of the pipeline (repeatable)', collect, [])
      .option('--handlers <module>', 'module with handlers for your pipeline (repeatable)', collect, [])
      .option('--lease <duration>', 'lease of the workers', '3s')
      .option('--keep', 'keep the data folder, and say where it is')
      .action(async (flags: CrashDemoFlags, self: Command) => {
        parseDuration(flags.lease);
        const { runCrashDemo } = await import('../demo/crash-demo.js');
        if (self.optsWithGlobals<GlobalOptions>().server !== undefined) {
          throw nexumError('USAGE', 'crash-demo starts and kills its own processes; it takes no --server');
        }
        process.exitCode = await runCrashDemo(CommandContext.of(self), flags);
      });
    addExamples(command, [
      ['nexum crash-demo', 'offline, without a key'],
      ['nexum crash-demo --crash-in research', 'in the middle of an agent: its committed calls are read back'],
      ['nexum crash-demo --docs ./docs --query "Who owns a lease?"', 'on your own documents'],
      ['nexum crash-demo --pipeline pipelines/research-loop.yaml', 'in a loop: it goes on in the round of the crash'],
      ['nexum crash-demo --pipeline pipelines/research-loop.yaml --crash-after validate#2', 'in its second round'],
    ]);
    command.addHelpText(
      'after',
      `
Server and workers are processes of their own; the data folder is a temporary one; the report goes to ./reports.
With --json one object on stdout:
  {executionId, status, crash: {node, iteration, signal, during?}, committedBeforeCrash, ranAfterCrash, reExecuted, resumeMs,
   nodes: [{node, iteration, status, attempts, worker, startedAt, completedAt}], report, dataDir, workers,
   replayedCalls?, executedCalls?, repeatedCalls?}
An unknown node is an error (exit 2) before anything is started.`,
    );
  },
};
