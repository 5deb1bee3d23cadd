/** `nexum dev`: server, worker and pipelines in one process. */
import type { Command } from 'commander';
import { addExamples, type CliCommand } from '../cli-command.js';
import { TOKENS_FILE_OPTION } from '../connection-options.js';
import { CommandContext, DEFAULT_ADDRESS } from '../context.js';
import type { DevFlags } from '../dev-process.js';
import { httpOption } from '../http-option.js';
import { maxQueueOption } from '../max-queue-option.js';
import { collect, parseCount } from '../option-parsers.js';
import { addPermissionOptions } from '../permission-options.js';
import { rateOption } from '../rate-option.js';
import { DEFAULT_CONCURRENCY } from './worker.js';

export const devCommand: CliCommand = {
  name: 'dev',
  summary: 'Server and worker in one process, for development',
  define(command) {
    addPermissionOptions(command)
      .argument('[pipelines...]', 'pipeline files to register (default: every *.yaml and *.yml in ./pipelines)')
      .option('--listen <host:port>', 'where to listen', DEFAULT_ADDRESS)
      .option('--tokens-file <file>', TOKENS_FILE_OPTION)
      .addOption(httpOption())
      .addOption(maxQueueOption())
      .addOption(rateOption())
      .option('--handlers <module>', 'module whose default export holds your handlers (repeatable)', collect, [])
      .option('--concurrency <n>', 'nodes at once', parseCount, DEFAULT_CONCURRENCY)
      .action(async (files: string[], flags: DevFlags, self: Command) => {
        const { runDev } = await import('../dev-process.js');
        process.exitCode = await runDev(CommandContext.of(self), files, flags);
      });
    addExamples(command, [
      ['nexum dev', 'the pipelines of ./pipelines on localhost:50051'],
      ['nexum dev my.yaml --handlers ./handlers.js', 'one pipeline with your own handlers'],
    ]);
    command.addHelpText(
      'after',
      `
Unfinished executions of the data folder go on. With --json, one JSON object per line on stdout: first
{"event":"ready","address",...,"pipelines":[{file,workflowId,versionHash}],"readyMs"}, then the events of the worker.`,
    );
  },
};
