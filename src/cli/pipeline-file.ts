/** Pipeline files for commands: read, compile, say everything that is wrong at once, load the handlers they name. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AGENT_TOOL_NAMES } from '../agents/tools.js';
import { errorMessage, nexumError } from '../errors.js';
import { compilePipeline, type CompiledPipeline } from '../pipeline/compile.js';
import { formatIssue, type Issue } from '../pipeline/issue.js';
import type { NexumClient } from '../rpc/client.js';
import type { Handler } from '../worker/handler.js';
import type { Output } from './output.js';
import { builtInHandlerTable } from './worker-host.js';

/** A pipeline that does not compile; `issues` are shown one by one, and the exit code is its own. */
export class InvalidPipeline extends Error {
  override readonly name = 'InvalidPipeline';
  constructor(readonly issues: readonly Issue[]) {
    super(`${issues.filter((issue) => issue.severity === 'error').length} errors`);
  }
}

/** @throws NexumError FILE_NOT_FOUND; never for what is wrong inside the file: that is in the issues */
export async function checkPipelineFile(file: string, ownHandlers: Iterable<string> = []): Promise<ReturnType<typeof compilePipeline>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw nexumError('FILE_NOT_FOUND', `cannot read the pipeline ${file}: ${errorMessage(error)}`, { file }, error);
  }
  const knownHandlers = [...builtInHandlerTable({}).keys(), ...ownHandlers];
  return compilePipeline(text, file, { knownHandlers, knownTools: AGENT_TOOL_NAMES });
}

/** @throws InvalidPipeline, NexumError FILE_NOT_FOUND */
export async function readPipelineFile(file: string, output: Output, ownHandlers: Iterable<string> = []): Promise<CompiledPipeline> {
  const { compiled, issues } = await checkPipelineFile(file, ownHandlers);
  if (!compiled) throw new InvalidPipeline(issues);
  for (const issue of issues) output.note(formatIssue(issue));
  return compiled;
}

export async function registerPipeline(client: NexumClient, compiled: CompiledPipeline): Promise<void> {
  const { workflowId, versionHash, irJson } = compiled;
  await client.call('RegisterWorkflow', { workflowId, versionHash, irJson }, { waitForReady: true });
}

/** Loads `--handlers` modules: `export default { name: async (input, ctx) => ... }`. */
export async function loadHandlerModules(files: readonly string[]): Promise<Map<string, Handler>> {
  const handlers = new Map<string, Handler>();
  for (const file of files) {
    const exported = (await importModule(file))['default'];
    if (typeof exported !== 'object' || exported === null) {
      throw nexumError('USAGE', `${file} must have a default export: an object of handler functions by name`);
    }
    for (const [name, handler] of Object.entries(exported)) {
      if (typeof handler !== 'function') throw nexumError('USAGE', `the handler ${name} of ${file} is not a function`);
      if (handlers.has(name)) throw nexumError('USAGE', `two of the --handlers modules export the handler ${name}`);
      handlers.set(name, handler as Handler);
    }
  }
  return handlers;
}

/** Loads what a pipeline names by file, `uses: ./handlers.js#fn`, relative to the pipeline file. */
export async function loadFileHandlers(compiled: CompiledPipeline, pipelineFile: string): Promise<Map<string, Handler>> {
  const handlers = new Map<string, Handler>();
  for (const node of Object.values(compiled.ir.nodes)) {
    const name = node['x-nexum']?.handler ?? '';
    const [file, exported] = name.split('#');
    if (!name.startsWith('.') || file === undefined || exported === undefined) continue;
    const handler = (await importModule(resolve(dirname(pipelineFile), file)))[exported];
    if (typeof handler !== 'function') throw nexumError('USAGE', `${file} does not export the function ${exported}`);
    handlers.set(name, handler as Handler);
  }
  return handlers;
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw nexumError('USAGE', `cannot load the handlers of ${file}: ${errorMessage(error)}`, { file }, error);
  }
}
