/** `nexum run`: starts (or attaches to) one execution, waits for its end, prints its result. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessage, nexumError } from '../errors.js';
import type { JsonObject } from '../core/ir.js';
import type { CompiledPipeline } from '../pipeline/compile.js';
import type { CommandContext } from './context.js';
import { executionReport, resultText, type ExecutionReport } from './execution-report.js';
import { resolveExecutionId, waitForEnd, type WaitEnd } from './execution-wait.js';
import { ExitCode } from './exit-code.js';
import { preparePipelines } from './handler-modules.js';
import { parsePairs } from './option-parsers.js';
import { registerPipeline } from './pipeline-file.js';
import { openRunHost, type RunHost } from './run-host.js';
import { interruptCode, untilInterrupt } from './shutdown.js';
import { formatDuration } from './text-format.js';

export interface RunFlags {
  /** `key=value` pairs; they win over `inputFile`. */
  readonly i: readonly string[];
  readonly input?: string;
  readonly docs?: string;
  readonly handlers: readonly string[];
  readonly timeout?: number;
  readonly idempotencyKey?: string;
  readonly detach?: boolean;
  readonly attach?: string;
}

/** @returns the exit code */
export async function runPipeline(context: CommandContext, file: string | undefined, flags: RunFlags): Promise<number> {
  checkFlags(context, file, flags);
  const files = file === undefined ? [] : [file];
  const input = await readInput(flags);
  const { compiled, handlers } = await preparePipelines(files, flags.handlers, context.output);
  const host = await openRunHost(context, handlers);
  try {
    const interrupted = untilInterrupt();
    const executionId = await begin(host, compiled[0], input, flags);
    announce(context, executionId);
    if (flags.detach === true) {
      context.output.data({ executionId, status: 'RUNNING' }, executionId);
      return ExitCode.OK;
    }
    await host.begin();
    const end = await waitForEnd({
      client: host.client,
      executionId,
      output: context.output,
      interrupted,
      ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
      nobodyHint: (wanted) => nobodyHint(host, context.address, wanted),
    });
    const detail = await host.client.call('GetExecution', { executionId });
    return finish(context, host, executionReport(detail), end, flags);
  } finally {
    await host.stop();
  }
}

function checkFlags(context: CommandContext, file: string | undefined, flags: RunFlags): void {
  const refuse = (message: string): never => {
    throw nexumError('USAGE', message);
  };
  if (file === undefined && flags.attach === undefined) refuse('name a pipeline file, or --attach <execution>');
  if (flags.detach === true && !context.explicitServer) {
    refuse('--detach needs --server: without one the pipeline runs inside this process');
  }
  if (flags.handlers.length > 0 && context.explicitServer) {
    refuse('--handlers belongs to the workers of that server: nexum worker --server ... --handlers ...');
  }
  if (flags.attach === undefined) return;
  if (
    flags.i.length > 0 ||
    flags.input !== undefined ||
    flags.docs !== undefined ||
    flags.idempotencyKey !== undefined
  ) {
    refuse('--attach waits for an execution that has its inputs already; leave -i, --input, --docs and the key away');
  }
}

/** `--input` first, then `--docs`, then each `-i`. */
async function readInput(flags: RunFlags): Promise<JsonObject> {
  const given = flags.input === undefined ? {} : await readInputFile(flags.input);
  return { ...given, ...(flags.docs === undefined ? {} : { docs: flags.docs }), ...parsePairs(flags.i) };
}

async function readInputFile(file: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw nexumError('FILE_NOT_FOUND', `cannot read the input ${file}: ${errorMessage(error)}`, { file }, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw nexumError('USAGE', `${file} is no JSON: ${errorMessage(error)}`, { file }, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw nexumError('USAGE', `${file} must hold one JSON object: the inputs by name`, { file });
  }
  return value as JsonObject;
}

async function begin(
  { client }: RunHost,
  compiled: CompiledPipeline | undefined,
  input: JsonObject,
  flags: RunFlags,
): Promise<string> {
  if (compiled) await registerPipeline(client, compiled);
  if (flags.attach !== undefined) return resolveExecutionId(client, flags.attach);
  if (!compiled) throw nexumError('INTERNAL', 'nothing to start');
  const { workflowId, versionHash } = compiled;
  const { executionId } = await client.call('StartExecution', {
    workflowId,
    versionHash,
    inputJson: JSON.stringify(input),
    // A start that has to be sent again, perhaps to another server, must not start two.
    idempotencyKey: flags.idempotencyKey ?? randomUUID(),
  });
  return executionId;
}

/** Early, so that another terminal can look at it or cancel it. */
function announce({ output }: CommandContext, executionId: string): void {
  output.note(output.json ? JSON.stringify({ event: 'started', executionId }) : `execution ${executionId}`);
}

function finish(
  context: CommandContext,
  host: RunHost,
  report: ExecutionReport,
  end: WaitEnd,
  flags: RunFlags,
): number {
  const { output } = context;
  const { executionId, status } = report;
  if (end !== 'closed') {
    const ended = end === 'timeout' ? `not finished within ${formatDuration(flags.timeout ?? 0)}` : 'interrupted';
    if (output.json) output.data({ ...report, interrupted: end === 'timeout' ? 'timeout' : end }, '');
    output.note(`${ended}; ${goOn(context, host, executionId)}`);
    return end === 'timeout' ? ExitCode.TIMED_OUT : interruptCode(end);
  }
  if (output.json) output.data(report, '');
  if (status === 'COMPLETED') {
    if (!output.json) output.data(null, resultText(report.output));
    output.note(output.json ? '' : output.paint('green', `completed in ${formatDuration(report.durationMs ?? 0)}`));
    return ExitCode.OK;
  }
  if (status === 'CANCELLED') {
    output.note(`execution ${executionId} was cancelled`);
    return ExitCode.CANCELLED;
  }
  output.note(failureText(context, report));
  return ExitCode.FAILED;
}

function failureText({ output }: CommandContext, { executionId, error }: ExecutionReport): string {
  const node = error?.node === null || error === null ? '' : ` at node ${error.node}`;
  const attempt = error?.attempt === null || error === null ? '' : ` (attempt ${error.attempt})`;
  const code = error?.code === null || error === null ? '' : `${error.code}: `;
  return [
    `${output.paint('red', `failed${node}${attempt}:`)} ${code}${error?.message ?? 'no error text'}`,
    ...(error?.fix === null || error === null ? [] : [`  fix: ${error.fix}`]),
    `  look: nexum get ${executionId}`,
  ].join('\n');
}

function goOn(context: CommandContext, host: RunHost, executionId: string): string {
  if (!host.embedded) {
    return `the execution goes on at the server\n  wait again: nexum run --server ${context.address} --attach ${executionId}`;
  }
  const { kind } = context.location;
  const folder = context.explicitDataDir ? ` --data-dir ${context.dataDir}` : '';
  const where = kind === 'postgres' ? ` --database ${context.locationText}` : folder;
  return `the execution is durable, its committed nodes are kept\n  finish it: nexum run${where} --attach ${executionId}`;
}

function nobodyHint(host: RunHost, address: string, handlers: readonly string[]): string {
  const names = handlers.join(', ');
  return host.embedded
    ? `this process has no handler ${names}: add --handlers, or the pipeline file that names them`
    : `start a worker with the handler ${names}: nexum worker --server ${address}`;
}
