/** The commander program of `nexum`, built from the table of its commands. Importing it starts nothing. */
import { Command, CommanderError } from 'commander';
import { nexumError } from '../errors.js';
import { formatIssue } from '../pipeline/issue.js';
import { packageVersion } from '../server/package-version.js';
import type { CliCommand } from './cli-command.js';
import { agentCommand } from './commands/agent.js';
import { approvalsCommand } from './commands/approvals.js';
import { approveCommand } from './commands/approve.js';
import { cancelCommand } from './commands/cancel.js';
import { completionCommand } from './commands/completion.js';
import { crashDemoCommand } from './commands/crash-demo.js';
import { demoCommand } from './commands/demo.js';
import { devCommand } from './commands/dev.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { eventsCommand } from './commands/events.js';
import { getCommand } from './commands/get.js';
import { graphCommand } from './commands/graph.js';
import { importCommand } from './commands/import.js';
import { logsCommand } from './commands/logs.js';
import { messagesCommand } from './commands/messages.js';
import { outputCommand } from './commands/output.js';
import { pauseCommand } from './commands/pause.js';
import { planCommand } from './commands/plan.js';
import { psCommand } from './commands/ps.js';
import { purgeCommand } from './commands/purge.js';
import { rejectCommand } from './commands/reject.js';
import { rerunCommand } from './commands/rerun.js';
import { resumeCommand } from './commands/resume.js';
import { retryCommand } from './commands/retry.js';
import { runCommand } from './commands/run.js';
import { scheduleCommand } from './commands/schedule.js';
import { schemaCommand } from './commands/schema.js';
import { serverCommand } from './commands/server.js';
import { sessionCommand } from './commands/session.js';
import { signalCommand } from './commands/signal.js';
import { testCommand } from './commands/test.js';
import { validateCommand } from './commands/validate.js';
import { versionCommand } from './commands/version.js';
import { versionsCommand } from './commands/versions.js';
import { waitCommand } from './commands/wait.js';
import { watchCommand } from './commands/watch.js';
import { workerCommand } from './commands/worker.js';
import { workersCommand } from './commands/workers.js';
import { addConnectionOptions } from './connection-options.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { Output } from './output.js';
import { InvalidPipeline } from './pipeline-issues.js';

/** Every command, in the order of `nexum help`. */
export const COMMANDS: readonly CliCommand[] = [
  devCommand,
  runCommand,
  agentCommand,
  sessionCommand,
  crashDemoCommand,
  demoCommand,
  serverCommand,
  workerCommand,
  workersCommand,
  psCommand,
  getCommand,
  eventsCommand,
  logsCommand,
  messagesCommand,
  watchCommand,
  waitCommand,
  outputCommand,
  cancelCommand,
  pauseCommand,
  resumeCommand,
  approvalsCommand,
  approveCommand,
  rejectCommand,
  signalCommand,
  retryCommand,
  rerunCommand,
  purgeCommand,
  scheduleCommand,
  validateCommand,
  planCommand,
  diffCommand,
  versionsCommand,
  testCommand,
  graphCommand,
  schemaCommand,
  importCommand,
  doctorCommand,
  versionCommand,
  completionCommand,
];

const ROOT_HELP = `
Start here:
  $ nexum crash-demo                                   kill a worker for real, see a fresh one go on
  $ nexum run pipelines/research.yaml -i query="..."   run a pipeline; nexum ps shows it afterwards

Exit codes: 0 ok, 1 unexpected, 2 usage, 3 invalid pipeline, 4 not authenticated or not allowed, 5 not found,
6 wrong state, 7 server unreachable, 10 execution failed, 11 cancelled, 12 timed out, 13 waits for a person,
130 interrupted.`;

export function buildProgram(): Command {
  const program = addConnectionOptions(globalOptions(new Command('nexum')))
    .description('Durable YAML pipelines for LLM agents: kill anything at any moment, a fresh worker goes on.')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError('nexum help lists the commands, nexum <command> --help their options')
    .exitOverride()
    .addHelpText('after', ROOT_HELP);
  for (const spec of COMMANDS) spec.define(program.command(spec.name).description(spec.summary));
  return program;
}

function globalOptions(program: Command): Command {
  return program
    .version(packageVersion(), '-V, --version')
    .option('--json', 'machine-readable output on stdout')
    .option(
      '--server <addresses>',
      'host:port of a running server, or several with commas (default: NEXUM_SERVER, else localhost:50051)',
    )
    .option('--data-dir <folder>', 'where a server of this process keeps its data (default: NEXUM_HOME, else ./.nexum)')
    .option('--database <url>', 'postgres://... instead of a data folder, for many servers (default: DATABASE_URL)');
}

/** Runs one command line; returns the exit code. Never throws. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const output = new Output(argv.includes('--json'));
  const program = buildProgram();
  if (output.json) silenceUsageErrors(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? ExitCode.OK);
  } catch (error) {
    return reportFailure(output, error);
  }
}

function reportFailure(output: Output, error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.OK;
    if (output.json) output.error(nexumError('USAGE', error.message.replace(/^error: /, '')));
    return ExitCode.USAGE;
  }
  if (error instanceof InvalidPipeline) {
    if (output.json) output.data({ valid: false, issues: error.issues }, '');
    else for (const issue of error.issues) output.note(formatIssue(issue));
    return ExitCode.INVALID_PIPELINE;
  }
  output.error(error);
  return exitCodeOf(error);
}

/** commander writes its own lines; with --json the error object is enough. */
function silenceUsageErrors(program: Command): void {
  for (const command of [program, ...program.commands]) command.configureOutput({ outputError: () => undefined });
}
