/** `nexum run`: starts (or attaches to) one execution, waits for its end, prints its result. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessage, nexumError } from '../errors.js';
import type { Json, JsonObject } from '../core/ir.js';
import type { PermissionFlags } from '../handlers/permissions.js';
import type { CompiledPipeline } from '../pipeline/compile.js';
import { isJsonMap } from '../pipeline/json-shape.js';
import type { CommandContext } from './context.js';
import { resolveExecutionId } from './execution-wait.js';
import { ExitCode } from './exit-code.js';
import { followExecution } from './follow-execution.js';
import { preparePipelines } from './handler-modules.js';
import { parsePairs } from './option-parsers.js';
import { permissionsFor } from './permission-options.js';
import { registerPipeline } from './pipeline-file.js';
import { openRunHost, type RunHost } from './run-host.js';
import { untilInterrupt } from './shutdown.js';

export interface RunFlags extends PermissionFlags {
  /** `key=value` pairs; they win over `inputFile`. */
  readonly i: readonly string[];
  readonly input?: string;
  readonly docs?: string;
  readonly handlers: readonly string[];
  readonly timeout?: number;
  readonly idempotencyKey?: string;
  readonly detach?: boolean;
  readonly attach?: string;
  /** `key=value` pairs. */
  readonly label: readonly string[];
  readonly priority?: number;
}

/** @returns the exit code */
export async function runPipeline(context: CommandContext, file: string | undefined, flags: RunFlags): Promise<number> {
  checkFlags(context, file, flags);
  const files = file === undefined ? [] : [file];
  const input = await readInput(flags);
  const { compiled, handlers } = await preparePipelines(files, flags.handlers, context.output);
  const host = await openRunHost(context, handlers, permissionsFor(process.env, flags, compiled));
  try {
    const interrupted = untilInterrupt();
    const executionId = await begin(host, compiled[0], input, flags);
    announce(context, executionId);
    if (flags.detach === true) {
      context.output.data({ executionId, status: 'RUNNING' }, executionId);
      return ExitCode.OK;
    }
    return await followExecution({ context, host, executionId, interrupted, timeoutMs: flags.timeout });
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
    flags.idempotencyKey !== undefined ||
    flags.label.length > 0 ||
    flags.priority !== undefined
  ) {
    refuse(
      '--attach waits for an execution that has its inputs already; leave -i, --input, --docs, the key, --label and --priority away',
    );
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
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw nexumError('USAGE', `${file} is no JSON: ${errorMessage(error)}`, { file }, error);
  }
  if (isJsonMap(value)) return value;
  throw nexumError('USAGE', `${file} must hold one JSON object: the inputs by name`, { file });
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
    labels: parsePairs(flags.label, '--label'),
    ...(flags.priority === undefined ? {} : { priority: flags.priority, hasPriority: true }),
    // A start that has to be sent again, perhaps to another server, must not start two.
    idempotencyKey: flags.idempotencyKey ?? randomUUID(),
  });
  return executionId;
}

/** Early, so that another terminal can look at it or cancel it. */
function announce({ output }: CommandContext, executionId: string): void {
  output.note(output.json ? JSON.stringify({ event: 'started', executionId }) : `execution ${executionId}`);
}
