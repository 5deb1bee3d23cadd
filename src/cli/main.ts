#!/usr/bin/env node
/** The `nexum` command: one file per verb in commands/. */
import { Command, CommanderError } from 'commander';
import { formatIssue } from '../pipeline/issue.js';
import { packageVersion } from '../server/package-version.js';
import { serverCommand } from './commands/server.js';
import { workerCommand } from './commands/worker.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { Output } from './output.js';
import { InvalidPipeline } from './pipeline-file.js';

export function buildProgram(): Command {
  const program = new Command('nexum')
    .description('Durable YAML pipelines for LLM agents: kill anything at any moment, a fresh worker goes on.')
    .version(packageVersion(), '-V, --version')
    .option('--json', 'machine-readable output: one JSON object per line')
    .option('--server <address>', 'host:port of a running server (default: NEXUM_SERVER, else localhost:50051)')
    .option('--data-dir <folder>', 'where an embedded server keeps its data (default: NEXUM_HOME, else ./.nexum)')
    .showSuggestionAfterError()
    .exitOverride();
  for (const register of [serverCommand, workerCommand]) register(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

async function main(argv: readonly string[]): Promise<void> {
  const output = new Output(argv.includes('--json'));
  try {
    await buildProgram().parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    } else if (error instanceof InvalidPipeline) {
      if (output.json) output.data({ valid: false, issues: error.issues }, '');
      else for (const issue of error.issues) output.note(formatIssue(issue));
      process.exitCode = ExitCode.INVALID_PIPELINE;
    } else {
      output.error(error);
      process.exitCode = exitCodeOf(error);
    }
  }
}

await main(process.argv.slice(2));
