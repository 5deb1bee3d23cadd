/** Pipeline files for commands: read, compile, say everything that is wrong at once. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AGENT_TOOL_NAMES, AGENT_TOOLS } from '../agents/tools/tool-names.js';
import type { WorkflowIr } from '../core/ir.js';
import { errorMessage, NexumError, nexumError } from '../errors.js';
import { compilePipeline, type CompiledPipeline, type CompileResult } from '../pipeline/compile.js';
import { formatIssue } from '../pipeline/issue.js';
import { neededCapabilities } from '../pipeline/needed-capabilities.js';
import type { NexumClient } from '../rpc/client.js';
import { checkSchedule } from '../schedule/cron.js';
import type { Output } from './output.js';
import { BUILT_IN_HANDLERS } from './handler-table.js';
import { InvalidPipeline } from './pipeline-issues.js';

/** @throws NexumError FILE_NOT_FOUND; never for what is wrong inside the file: that is in the issues */
export async function checkPipelineFile(file: string, ownHandlers: Iterable<string> = []): Promise<CompileResult> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw nexumError('FILE_NOT_FOUND', `cannot read the pipeline ${file}: ${errorMessage(error)}`, { file }, error);
  }
  const knownHandlers = [...BUILT_IN_HANDLERS, ...ownHandlers];
  const known = { knownHandlers, knownTools: AGENT_TOOL_NAMES, toolPowers: AGENT_TOOLS };
  return compilePipeline(text, file, { ...known, readFile: readNamedFile, checkSchedule });
}

/** Reads a file that a pipeline names. An issue at that place says that there is none, so why is not asked. */
function readNamedFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Compiles the files; warnings go to stderr.
 * @throws InvalidPipeline with the issues of all files; NexumError FILE_NOT_FOUND
 */
export async function readPipelineFiles(
  files: readonly string[],
  output: Output,
  ownHandlers: Iterable<string> = [],
): Promise<CompiledPipeline[]> {
  const own = [...ownHandlers];
  const results = await Promise.all(files.map((file) => checkPipelineFile(file, own)));
  const issues = results.flatMap((result) => result.issues);
  const compiled = results.flatMap((result) => result.compiled ?? []);
  if (compiled.length < files.length) throw new InvalidPipeline(issues);
  if (!output.json) for (const issue of issues) output.note(formatIssue(issue));
  return compiled;
}

/** Never half-runs a pipeline on an older server: it is refused before anything of it is there. */
async function requireCapabilities(
  client: NexumClient,
  pipelines: readonly { readonly irJson: string }[],
  options: { waitForReady?: boolean },
): Promise<void> {
  const offered = await client.call('GetServerInfo', {}, options).then(
    ({ capabilities }) => capabilities,
    (error: unknown): string[] => {
      if (error instanceof NexumError && error.code === 'UNSUPPORTED_SERVER') return [];
      throw error;
    },
  );
  const needed = new Set(pipelines.flatMap(({ irJson }) => neededCapabilities(JSON.parse(irJson) as WorkflowIr)));
  const missing = [...needed].filter((capability) => !offered.includes(capability)).sort();
  if (missing.length === 0) return;
  const text = `the server at ${client.currentAddress} lacks what the pipeline needs: ${missing.join(', ')}`;
  throw nexumError('UNSUPPORTED_SERVER', text, { missing });
}

/**
 * Registers the pipeline, and before it the children that its nodes name by file.
 * @throws NexumError UNSUPPORTED_SERVER that names the capabilities which the server lacks
 * @param options `waitForReady`: a server that is not there yet is waited for
 */
export async function registerPipeline(
  client: NexumClient,
  compiled: CompiledPipeline,
  options: { waitForReady?: boolean } = {},
): Promise<void> {
  const all = [...compiled.children, compiled];
  await requireCapabilities(client, all, options);
  for (const { workflowId, versionHash, irJson } of all)
    await client.call('RegisterWorkflow', { workflowId, versionHash, irJson }, options);
}
