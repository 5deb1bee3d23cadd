/** `nexum run`: one execution from start to result. */
import type { Command } from 'commander';
import { addExamples, type CliCommand } from '../cli-command.js';
import { CommandContext } from '../context.js';
import { collect, parseDuration, parsePriority } from '../option-parsers.js';
import { addPermissionOptions } from '../permission-options.js';
import type { RunFlags } from '../run-pipeline.js';

export const runCommand: CliCommand = {
  name: 'run',
  summary: 'Start an execution of a pipeline, wait for it, print its result',
  define(command) {
    addPermissionOptions(command)
      .argument('[pipeline]', 'pipeline file (YAML)')
      .option('-i <key=value>', 'one input (repeatable)', collect, [])
      .option('--input <file>', 'inputs from a JSON file; -i wins')
      .option('--docs <folder>', 'the same as -i docs=<folder>')
      .option('--handlers <module>', 'module whose default export holds your handlers (repeatable)', collect, [])
      .option(
        '--timeout <duration>',
        'stop waiting after this time (exit 12); the execution stays resumable',
        parseDuration,
      )
      .option('--idempotency-key <key>', 'the same key and inputs name the same execution, however often it is started')
      .option('--label <key=value>', 'a label of the execution (repeatable)', collect, [])
      .option('--priority <n>', 'instead of that of the pipeline: -100 to 100, higher ones first', parsePriority)
      .option('--detach', 'print the execution id and leave (needs --server)')
      .option('--attach <execution>', 'wait for an execution that exists already, instead of starting one')
      .action(async (file: string | undefined, flags: RunFlags, self: Command) => {
        const { runPipeline } = await import('../run-pipeline.js');
        process.exitCode = await runPipeline(CommandContext.of(self), file, flags);
      });
    addExamples(command, [
      [
        'nexum run pipelines/research.yaml -i query="How long does a lease last?" -i docs=docs',
        'prints the report path',
      ],
      ['nexum run p.yaml --input inputs.json --timeout 5m --json', 'one JSON object on stdout'],
      ['nexum run --attach exec-...', 'finish what was interrupted'],
      ['nexum run p.yaml --label team=docs --priority 10', 'to be found by its label, and to go first'],
      ['nexum run p.yaml --server localhost:50051 --detach', 'leave it to that server and its workers'],
    ]);
    command.addHelpText(
      'after',
      `
Without --server (or NEXUM_SERVER) a server and a worker run inside this process, on the data folder. That worker also
continues every other unfinished execution of the folder whose handlers it has.

Result on stdout: a text as it is; an object with a "path" as that path; anything else as JSON. With --json:
  {executionId, workflowId, versionHash, status, startedAt, finishedAt, durationMs, error, output, graph,
   nodes: [{node, iteration, status, attempts, worker, startedAt, completedAt}], interrupted?}
When only a person lets the execution go on, status is RUNNING, with waitsFor: "approval" and
  approvals: [{executionId, workflowId, node, message, since, deadline, approvers, form}]
When a limit of a graph has paused it, status is PAUSED, with waitsFor: "resume" and limits: [{executionId, limit}]
Exit: 0 completed, 10 failed, 11 cancelled, 12 timed out, 13 waits for a person (nexum approve, or nexum resume after
a limit), 130 Ctrl-C.`,
    );
  },
};
